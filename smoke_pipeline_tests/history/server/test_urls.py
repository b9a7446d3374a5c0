"""Which server is meant, and its address in three spellings."""

import psycopg2
import pytest
from sqlalchemy import create_engine

from smoke_pipeline.errors import SettingsError
from smoke_pipeline.history.server.embedded import stop_embedded
from smoke_pipeline.history.server.urls import dagster_url, described, postgres_url, sqlalchemy_url
from smoke_pipeline.settings.model import Settings

SHARED = "postgresql://mcp:geheim@db.example:5436/smoke"


def test_a_shared_server_is_taken_as_it_is():
    assert postgres_url(Settings(postgres_url=SHARED)) == SHARED


@pytest.mark.services
def test_without_a_shared_server_the_embedded_one_is_started(open_folder):
    folder = open_folder / "urls"

    url = postgres_url(Settings(data_dir=folder))

    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
    connection.close()
    stop_embedded(folder / "postgres")


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg2"])
def test_each_library_gets_its_own_spelling(scheme):
    url = SHARED.replace("postgresql", scheme)

    assert sqlalchemy_url(url) == "postgresql+psycopg://mcp:geheim@db.example:5436/smoke"
    assert dagster_url(url) == "postgresql+psycopg2://mcp:geheim@db.example:5436/smoke"


@pytest.mark.services
@pytest.mark.parametrize("spelling", [sqlalchemy_url, dagster_url])
def test_the_embedded_server_is_reached_through_both_drivers(postgres_url, spelling):
    engine = create_engine(spelling(postgres_url))

    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1
    engine.dispose()


def test_a_server_is_described_without_user_and_password():
    assert described(SHARED) == "db.example (database 'smoke')"
    assert described("postgresql://postgres@/postgres?host=/a/b&port=5432") == "/a/b (database 'postgres')"
    assert described("postgresql://") == "localhost (database 'postgres')"


@pytest.mark.parametrize(
    "url", ["geheim", "mysql://u:geheim@h/d", "http://geheim", "postgresql://u:geheim@h:port/d"]
)
def test_another_address_is_refused_without_repeating_it(url):
    with pytest.raises(SettingsError) as caught:
        postgres_url(Settings(postgres_url=url))

    assert "geheim" not in caught.value.message
    assert caught.value.__cause__ is None

"""Dagster's storage over kept connections, on a real server."""

import threading
from urllib.parse import urlencode

import psycopg
import pytest

from smoke_pipeline.cli.runs import open_instance
from smoke_pipeline.defs.storage import KEPT
from smoke_pipeline.settings.paths import project_file
from smoke_pipeline_tests.cli.served import until

pytestmark = pytest.mark.services
OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND application_name <> 'test'"


@pytest.fixture
def instance(postgres_url, tmp_path):
    (tmp_path / "dagster.yaml").write_text(project_file("dagster.yaml").read_text())
    opened = open_instance(tmp_path, postgres_url)
    until(lambda: len(backends(postgres_url)) <= KEPT)  # those that looked for the tables are closed
    yield opened
    opened.dispose()


def asked(url, question):
    with psycopg.connect(url, autocommit=True, application_name="test") as connection:
        return connection.execute(question).fetchall()


def backends(url):
    return {pid for (pid,) in asked(url, f"SELECT pid {OTHERS}")}


def test_many_questions_need_few_connections(instance, postgres_url):
    before = backends(postgres_url)
    for _ in range(20):
        instance.get_runs(limit=1)
        instance.get_dynamic_partitions("smoke_sessions")
        instance.all_instigator_state()

    after = backends(postgres_url)
    assert before & after
    assert len(after) <= KEPT


def test_all_instances_of_a_process_share_them(instance, postgres_url, tmp_path):
    before = backends(postgres_url)
    other = open_instance(tmp_path, postgres_url)
    other.get_runs(limit=1)

    after = backends(postgres_url)
    assert before & after
    assert len(after) <= KEPT
    other.dispose()


def test_connections_that_broke_are_replaced_unseen(instance, postgres_url):
    instance.add_dynamic_partitions("smoke_sessions", ["one"])

    asked(postgres_url, f"SELECT pg_terminate_backend(pid) {OTHERS}")

    assert instance.get_dynamic_partitions("smoke_sessions") == ["one"]


def test_many_at_a_time_wait_for_none_and_what_is_too_much_is_closed(instance, postgres_url):
    meet, found = threading.Barrier(12), []

    def ask():
        meet.wait(timeout=30)
        found.append(instance.get_dynamic_partitions("smoke_sessions"))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert found == [[]] * 12
    until(lambda: len(backends(postgres_url)) <= KEPT)


@pytest.mark.parametrize("options", ["", "-c work_mem=5MB"])
def test_the_webserver_has_a_limit_and_notices_what_broke_too(postgres_url, tmp_path, options):
    (tmp_path / "dagster.yaml").write_text(project_file("dagster.yaml").read_text())
    url = f"{postgres_url}&{urlencode({'options': options})}" if options else postgres_url
    instance = open_instance(tmp_path, url)
    instance.optimize_for_webserver(statement_timeout=4321, pool_recycle=60, max_overflow=1)

    with instance.run_storage.connect() as connection:
        shown = [
            connection.exec_driver_sql(f"SHOW {name}").scalar() for name in ("statement_timeout", "work_mem")
        ]
    instance.add_dynamic_partitions("smoke_sessions", ["one"])
    asked(postgres_url, f"SELECT pg_terminate_backend(pid) {OTHERS}")

    assert shown == ["4321ms", "5MB" if options else "4MB"]
    assert instance.get_dynamic_partitions("smoke_sessions") == ["one"]
    instance.dispose()

"""The rights of PostgreSQL that the documentation gives to whoever reads are enough, and no more."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

PAGE = (Path(__file__).resolve().parents[2] / "docs/security.md").read_text("utf-8")

pytestmark = pytest.mark.services


@pytest.fixture
def reader(postgres_url):
    """A connection of the role, as the page makes it."""
    (statements,) = re.findall(r"```sql\n(CREATE ROLE smoke_reader.*?)```", PAGE, re.DOTALL)
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        owner.execute("CREATE SCHEMA sales; CREATE TABLE sales.orders (id int); CREATE TABLE other (id int)")
        for statement in statements.replace("…", "r").strip().split(";\n"):
            owner.execute(statement)
        user = urlsplit(postgres_url).username
        with psycopg.connect(postgres_url.replace(f"//{user}@", "//smoke_reader@"), autocommit=True) as found:
            yield found
        owner.execute("DROP OWNED BY smoke_reader; DROP ROLE smoke_reader")


def test_it_reads_what_it_was_given(reader):
    assert reader.execute("SELECT count(*) FROM sales.orders").fetchone() == (0,)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO sales.orders VALUES (1)",
        "DELETE FROM sales.orders",
        "DROP TABLE sales.orders",
        "CREATE TABLE sales.mine (id int)",
        "SELECT * FROM public.other",
    ],
)
def test_it_does_nothing_else(reader, statement):
    reader.execute("SET default_transaction_read_only = off")  # what it may lift for itself gives it nothing

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute(statement)

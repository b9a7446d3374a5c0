"""The rights that the documentation gives to whoever reads are enough, and no more; Oracle is not here."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pymysql
import pytest

from smoke_pipeline_tests.readers.tables.fixtures import as_owner

PAGE = (Path(__file__).resolve().parents[2] / "docs/security.md").read_text("utf-8")

pytestmark = pytest.mark.services
DENIED = (1044, 1045, 1142, 1227)
"""What MariaDB and MySQL say to who may not."""


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


@pytest.fixture
def mysql_reader(mysql):
    """A connection of the user, as the page makes it, but for the encryption that the server here has not."""
    (statements,) = re.findall(r"```sql\n(CREATE USER 'smoke_reader'@.*?)```", PAGE, re.DOTALL)
    with as_owner(mysql.port) as owner, owner.cursor() as cursor:
        cursor.execute("CREATE DATABASE warehouse")
        cursor.execute("CREATE TABLE warehouse.orders (id INT)")
        cursor.execute("CREATE DATABASE other_place")
        cursor.execute("CREATE TABLE other_place.secrets (id INT)")
        for statement in statements.replace("…", "r").strip().rstrip(";").split(";\n"):
            cursor.execute(statement)
        yield cursor
        for statement in (
            "DROP USER 'smoke_reader'@'%'",
            "DROP DATABASE warehouse",
            "DROP DATABASE other_place",
        ):
            cursor.execute(statement)


def connected(mysql, **options):
    return pymysql.connect(host="127.0.0.1", port=mysql.port, user="smoke_reader", password="r", **options)


@pytest.mark.mariadb
def test_without_encryption_mysql_lets_nobody_in(mysql, mysql_reader):
    with pytest.raises(pymysql.err.OperationalError) as refused:
        connected(mysql, ssl_disabled=True)

    assert refused.value.args[0] in DENIED


@pytest.mark.mariadb
def test_mysqls_reader_reads_what_it_was_given_and_sees_nothing_else(mysql, mysql_reader):
    mysql_reader.execute("ALTER USER 'smoke_reader'@'%' REQUIRE NONE")

    with connected(mysql, database="warehouse") as reader, reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM orders")
        rows = cursor.fetchone()
        cursor.execute("SELECT DISTINCT table_schema FROM information_schema.tables")
        seen = {name for (name,) in cursor.fetchall()}

    assert rows == (0,)
    assert seen - {"information_schema", "performance_schema"} == {"warehouse"}


@pytest.mark.mariadb
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO warehouse.orders VALUES (1)",
        "UPDATE warehouse.orders SET id = 2",
        "DELETE FROM warehouse.orders",
        "DROP TABLE warehouse.orders",
        "CREATE TABLE warehouse.mine (id INT)",
        "CREATE DATABASE mine",
        "SELECT * FROM other_place.secrets",
        "SELECT user FROM mysql.user",
        "SET GLOBAL max_connections = 1",
        "GRANT SELECT ON warehouse.* TO 'smoke_reader'@'localhost'",
    ],
)
def test_mysqls_reader_does_nothing_else(statement, mysql, mysql_reader):
    mysql_reader.execute("ALTER USER 'smoke_reader'@'%' REQUIRE NONE")

    with connected(mysql) as reader, reader.cursor() as cursor, pytest.raises(pymysql.err.Error) as refused:
        cursor.execute(statement)

    assert refused.value.args[0] in DENIED


def test_oracles_reader_gets_a_session_and_reading():
    (statements,) = re.findall(r"```sql\n(CREATE USER smoke_reader .*?)```", PAGE, re.DOTALL)

    user, *grants = statements.strip().rstrip(";").split(";\n")
    assert user.startswith("CREATE USER smoke_reader IDENTIFIED BY ")
    assert all(
        re.fullmatch(r"GRANT (CREATE SESSION|READ ON \w+\.\w+) TO smoke_reader", one) for one in grants
    )

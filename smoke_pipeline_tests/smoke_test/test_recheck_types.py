"""Keys of every type that a database has are found again by their value."""

import datetime as dt

import pytest

from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.smoke_test.spec import SessionSpec, TableSide
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.steps import compare_and_record, snapshot_side
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.oracle_standin.server import OracleStandIn
from smoke_pipeline_tests.oracle_standin.tables import Tables
from smoke_pipeline_tests.readers.tables.oracle_rows import behaviour
from smoke_pipeline_tests.readers.tables.oracle_rows import settings as oracle_settings
from smoke_pipeline_tests.smoke_test.conftest import with_preset

OF_MARIADB = {
    "BIGINT UNSIGNED": ("18446744073709551615", "0"),
    "DECIMAL(30,10)": ("12345678901234567890.0123456789", "-1.5"),
    "DECIMAL(60,2)": ("9999999999999999999999999999999999999999999999999999999999.99", "0.10"),
    "VARCHAR(30) COLLATE utf8mb4_general_ci": ("'a'", "'A'", "'a '", "'ä'", "'o''x\\\\%s'", "''"),
    "VARCHAR(30) CHARACTER SET latin1": ("'Müller'", "'x'"),
    "CHAR(5)": ("'a'", "'b'"),
    "TEXT": ("'a'", "'b'"),
    "VARBINARY(10)": ("x'00ff27'", "x''", "x'0a'"),
    "BLOB": ("x'00ff'",),
    "DATE": ("'2026-01-31'", "'0001-01-01'", "'9999-12-31'"),
    "DATETIME(6)": ("'2026-01-31 01:02:03.000004'", "'2026-01-31 00:00:00'"),
    "DATETIME": ("'2026-01-31 01:02:03'",),
    "TIMESTAMP(3) NULL": ("'2026-01-31 01:02:03.004'",),
    "TIME(6)": ("'-01:30:00.5'", "'100:00:00'", "'00:00:00'", "'-00:00:00.000001'"),
    "YEAR": ("2026",),
    "FLOAT": ("0.1", "-3.4e38", "16777216"),
    "DOUBLE": ("0.1", "1e300", "-2.5e-300"),
    "DOUBLE(10,2)": ("0.1", "12345.67"),
    "BIT(12)": ("b'101'", "b'0'"),
    "BOOLEAN": ("true", "false"),
    "ENUM('a','b')": ("'a'", "'b'"),
    "JSON": ("'{\"a\": 1}'",),
}
OF_POSTGRES = {
    "bigint": ("9223372036854775807", "-1"),
    "numeric(30,10)": ("12345678901234567890.0123456789", "-1.5"),
    "numeric": ("1.50", "1e-20", "'NaN'"),
    "text": ("'a'", "'A'", "'a '", "'o''x\\%s'", "''"),
    "char(5)": ("'a'", "'b'"),
    "bytea": (r"'\x00ff27'", "''"),
    "date": ("'2026-01-31'", "'9999-12-31'"),
    "timestamp": ("'2026-01-31 01:02:03.000004'", "'0001-01-01'"),
    "timestamptz": ("'2026-01-31 01:02:03.000004+02'",),
    "time": ("'01:02:03.000004'",),
    "timetz": ("'01:02:03+02'",),
    "interval": ("'1 month'", "'30 days'", "'-01:30'"),
    "boolean": ("true", "false"),
    "real": ("0.1", "-3.4e38", "'NaN'", "'Infinity'"),
    "double precision": ("0.1", "1e300", "'NaN'", "'-Infinity'"),
    "uuid": ("'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",),
    "inet": ("'10.0.0.1/24'",),
    "jsonb": ("'{\"a\": 1}'",),
    "text[]": ("'{a,b}'",),
    "oid": ("7",),
}
OF_ORACLE = {
    "NUMBER(10)": (7, -1),
    "NUMBER(12,2)": (1.5, -20),
    "VARCHAR2(20)": ("a", "A", "a ", "o'x%s"),
    "CHAR(5)": ("a", "b"),
    "RAW(8)": (b"\x00\xff",),
    "BINARY_DOUBLE": (0.1, -1e300),
    "DATE": (dt.datetime(2026, 1, 31, 1, 2, 3), dt.datetime(1, 1, 1)),
    "TIMESTAMP(6)": (dt.datetime(2026, 1, 31, 1, 2, 3, 4), dt.datetime(2026, 1, 31)),
}


def rechecked_pair(around, kind, change, name=str):
    """The recheck where nothing changed, and the one where a value was put right."""
    source, target = (TableSide(database=f"{kind}.warehouse", table=name(table)) for table in "st")
    comparison = ComparisonSpec(key=(name("id"),), recheck=0)
    session_id = start_session(
        SessionSpec(source=source, target=target, comparison=comparison), around
    ).session_id
    for side in Side:
        snapshot_side(session_id, side, around)
    unchanged = compare_and_record(session_id, around)
    change()
    return unchanged, compare_and_record(session_id, around)


def assert_found_again(unchanged, changed, rows):
    assert (unchanged.recheck.impossible_because, changed.recheck.impossible_because) == (None, None)
    assert (unchanged.counts.mismatched, unchanged.recheck.keys) == (rows, rows)
    assert unchanged.recheck.in_flight == 0
    assert changed.recheck.in_flight == rows - 1


def cases():
    for kind, types in (("mysql", OF_MARIADB), ("postgres", OF_POSTGRES)):
        marks = [pytest.mark.mariadb] if kind == "mysql" else []
        for declared, values in types.items():
            yield pytest.param(kind, declared, values, id=f"{kind} {declared}", marks=marks)


@pytest.mark.parametrize(("kind", "declared", "values"), [*cases()])
def test_a_key_of_any_type_is_found_again(request, around, kind, declared, values):
    fill, database = request.getfixturevalue(f"fill_{kind}"), request.getfixturevalue(kind)
    around = with_preset(around, **{kind: {"warehouse": database}})
    listed = [*values, "NULL"]
    in_schema = "smoke." if kind == "mysql" else ""
    for table in "st":
        fill(f"CREATE TABLE {in_schema}{table} (id {declared}, v VARCHAR(9), n INT)")
        for number, value in enumerate(listed):
            fill(f"INSERT INTO {in_schema}{table} VALUES ({value}, '{table}', {number})")
    last = len(listed) - 1

    unchanged, changed = rechecked_pair(
        around, kind, lambda: fill(f"UPDATE {in_schema}t SET v = 's' WHERE n <> {last}")
    )

    assert_found_again(unchanged, changed, len(listed))


@pytest.mark.parametrize(("declared", "values"), OF_ORACLE.items(), ids=list(OF_ORACLE))
def test_a_key_of_oracle_is_found_again(around, declared, values):
    columns = {"ID": declared, "V": "VARCHAR2(9)"}
    listed, tables = [*values, None], Tables()
    for table in "ST":
        tables.create(table, columns, [[value, table] for value in listed])

    with OracleStandIn(tables, behaviour()) as server:
        around = with_preset(around, oracle={"warehouse": oracle_settings(server)})
        unchanged, changed = rechecked_pair(
            around,
            "oracle",
            lambda: tables.change("T", [[value, "S" if value is not None else "T"] for value in listed]),
            name=str.upper,
        )

    assert_found_again(unchanged, changed, len(listed))

"""Sessions whose sides are objects and tables."""

import pytest

from smoke_pipeline.comparison.result import Verdict
from smoke_pipeline.comparison.spec import ColumnRules, ComparisonSpec
from smoke_pipeline.errors import (
    ObjectNotFoundError,
    SessionStateError,
    SettingsError,
    UnknownPresetError,
)
from smoke_pipeline.settings.connections import Document
from smoke_pipeline.smoke_test.spec import ObjectSide, PathSide, SessionSpec, TableSide
from smoke_pipeline.smoke_test.start import require_both, start_session
from smoke_pipeline.smoke_test.steps import compare_and_record, snapshot_side
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.smoke_test.conftest import with_preset

TEXT = "id,amount,noted\n1,10.50,2026-01-31\n2,20.00,\n3,30.25,2026-02-28\n"
KEYED = ComparisonSpec(key=("id",))


@pytest.fixture
def in_store(around, bucket):
    store = bucket.store.model_copy(
        update={
            "buckets": {"statements": bucket.name},
            "documents": {
                "statement": Document(bucket="statements", key="st.{contract_number}.{payment_date}.CSV")
            },
        }
    )
    return with_preset(around, storagegrid=store)


def compared(spec, around):
    session_id = start_session(spec, around, at_once=True).session_id
    manifests = [snapshot_side(session_id, side, around).manifest for side in Side]
    return compare_and_record(session_id, around), manifests


def test_an_object_is_compared_with_a_file_and_nothing_of_it_stays_but_the_snapshot(in_store, bucket, write):
    key = "st.22090.2026-01-31.CSV"
    bucket.put(key, TEXT.encode())
    parameters = {"contract_number": "22090", "payment_date": "2026-01-31"}
    spec = SessionSpec(
        source=ObjectSide(document="statement", parameters=parameters),
        target=PathSide(path=write("after.csv", TEXT.replace("30.25", "30.26"))),
        comparison=KEYED,
    )

    session = start_session(spec, in_store, at_once=True)
    source = snapshot_side(session.session_id, Side.SOURCE, in_store).manifest
    snapshot_side(session.session_id, Side.TARGET, in_store)
    result = compare_and_record(session.session_id, in_store)

    assert (result.counts.matched, result.counts.mismatched) == (2, 1)
    assert source.origin == f"s3://{bucket.name}/st.22090.2026-01-31.CSV"
    assert (
        source.version in bucket.client.head_object(Bucket=bucket.name, Key="st.22090.2026-01-31.CSV")["ETag"]
    )
    assert session.test_name == "statement"
    left = {path.name for path in in_store.folder(session).iterdir() if path.is_file()}
    assert {"source.parquet", "target.parquet"} <= left
    assert not [path for path in in_store.folder(session).rglob("*") if path.suffix == ".CSV"]


def test_an_object_that_did_not_change_proves_nothing(in_store, bucket):
    bucket.put("a.csv", TEXT.encode())
    spec = SessionSpec(source=ObjectSide(bucket="statements", key="a.csv"), comparison=KEYED)
    session_id = start_session(spec, in_store).session_id
    for side in Side:
        snapshot_side(session_id, side, in_store)

    assert compare_and_record(session_id, in_store).verdict is Verdict.UNPROVEN

    bucket.put("a.csv", TEXT.replace("10.50", "10.51").encode())
    snapshot_side(session_id, Side.TARGET, in_store)

    assert compare_and_record(session_id, in_store).verdict is Verdict.FAILED


def test_what_is_not_there_is_refused_before_a_session_begins(in_store, bucket):
    bucket.put("a.csv", TEXT.encode())
    spec = SessionSpec(source=ObjectSide(bucket="statements", key="b.csv"))

    with pytest.raises(ObjectNotFoundError) as caught:
        start_session(spec, in_store)

    assert caught.value.suggestions == ("Did you mean 'a.csv'?",)
    assert in_store.history.sessions() == []


def test_both_sides_at_once_of_one_object_are_refused(in_store):
    side = ObjectSide(bucket="statements", key="a.csv")

    with pytest.raises(SessionStateError, match="same place, s3://"):
        require_both(SessionSpec(source=side, target=side), in_store)


def test_a_preset_without_a_store_or_a_database_says_so(around):
    with pytest.raises(SettingsError, match="StorageGrid"):
        start_session(SessionSpec(source=ObjectSide(bucket="statements", key="a.csv")), around)
    with pytest.raises(UnknownPresetError, match=r"mysql\.warehouse"):
        start_session(SessionSpec(source=TableSide(database="mysql.warehouse", table="t")), around)


@pytest.mark.mariadb
def test_tables_of_two_databases_and_a_file_are_compared_as_values(
    in_databases, fill_mysql, fill_postgres, write
):
    rows = "(1, 10.50, '2026-01-31'), (2, 20.00, NULL), (3, 30.25, '2026-02-28')"
    fill_mysql(
        "CREATE TABLE smoke.orders (id INT PRIMARY KEY, amount DECIMAL(10,2), noted DATE)",
        f"INSERT INTO smoke.orders VALUES {rows}",
    )
    fill_postgres(
        "CREATE TABLE orders (id BIGINT PRIMARY KEY, amount NUMERIC(12,4), noted DATE)",
        f"INSERT INTO orders VALUES {rows}",
    )
    mysql, postgres = (
        TableSide(database=f"{kind}.warehouse", table="orders") for kind in ("mysql", "postgres")
    )
    file = PathSide(path=write("orders.csv", TEXT))

    for source, target in ((mysql, postgres), (mysql, file), (file, postgres)):
        result, manifests = compared(
            SessionSpec(source=source, target=target, comparison=KEYED), in_databases
        )
        assert (result.counts.matched, result.verdict) == (3, Verdict.PASSED), result.counts
        assert {manifest.format for manifest in manifests} <= {"table", "csv"}


@pytest.mark.mariadb
def test_a_table_is_filtered_and_a_difference_in_it_is_found(in_databases, fill_mysql, write):
    fill_mysql(
        "CREATE TABLE smoke.orders (id INT, amount DECIMAL(10,2), noted DATE)",
        "INSERT INTO smoke.orders VALUES (1, 10.50, '2026-01-31'), (2, 20.01, NULL), (9, 1, NULL)",
    )
    side = TableSide(database="mysql.warehouse", table="orders", where_clause="id < 9")
    file = PathSide(path=write("orders.csv", TEXT))

    result, manifests = compared(SessionSpec(source=side, target=file, comparison=KEYED), in_databases)

    assert (result.counts.matched, result.counts.mismatched, result.counts.target_only) == (1, 1, 1)
    assert manifests[0].origin == "mysql.warehouse:orders where id < 9"
    assert manifests[0].sha256


@pytest.mark.mariadb
def test_a_table_that_did_not_change_proves_nothing(in_databases, fill_mysql):
    fill_mysql("CREATE TABLE smoke.t (id INT, v VARCHAR(9))", "INSERT INTO smoke.t VALUES (1, 'a')")
    spec = SessionSpec(source=TableSide(database="mysql.warehouse", table="t"), comparison=KEYED)
    session_id = start_session(spec, in_databases).session_id
    for side in Side:
        snapshot_side(session_id, side, in_databases)

    assert compare_and_record(session_id, in_databases).verdict is Verdict.UNPROVEN

    fill_mysql("UPDATE smoke.t SET v = 'A'")
    snapshot_side(session_id, Side.TARGET, in_databases)

    result = compare_and_record(session_id, in_databases)
    assert (result.verdict, result.counts.mismatched) == (Verdict.FAILED, 1)


@pytest.mark.mariadb
def test_rules_hold_for_tables_as_for_files(in_databases, fill_postgres, write):
    fill_postgres("CREATE TABLE t (id INT, v TEXT)", "INSERT INTO t VALUES (1, ''), (2, 'x ')")
    source = TableSide(database="postgres.warehouse", table="t")
    target = PathSide(path=write("t.csv", "id,v\n1,\n2,x\n"))

    rules = {"v": ColumnRules(empty_is_null=True, trim=True)}
    found = [
        compared(SessionSpec(source=source, target=target, comparison=comparison), in_databases)[0]
        for comparison in (
            ComparisonSpec(key=("id",), csv_empty="exact"),
            KEYED,
            ComparisonSpec(key=("id",), csv_empty="exact", rules=rules),
        )
    ]

    assert [result.counts.matched for result in found] == [0, 1, 2]

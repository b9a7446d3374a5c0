"""A history written into a file and brought back: nothing is lost, nothing is half there."""

import itertools
import json
import shutil
import stat
import zipfile
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from sqlalchemy import insert, select, text

from smoke_pipeline.comparison.result import CellDifference, DifferenceKind, RowDifference
from smoke_pipeline.errors import (
    AccessDeniedError,
    HistoryError,
    HistoryUnavailableError,
    InvalidOptionError,
    ObjectNotFoundError,
)
from smoke_pipeline.history.backup.catalog import tables_of
from smoke_pipeline.history.backup.exporting import export_history
from smoke_pipeline.history.backup.importing import import_history
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline.history.records import Step
from smoke_pipeline.history.schema.access import api_keys, audit_log
from smoke_pipeline.history.schema.base import SCHEMA, metadata
from smoke_pipeline.history.schema.keeping import files, metadata_cache, metrics
from smoke_pipeline.history.schema.migrate import migrate, migrate_down
from smoke_pipeline.history.schema.named_tests import baseline_rows, baselines, test_definitions
from smoke_pipeline.history.schema.runs import jobs, run_progress
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.history.answers.filled import metric_row
from smoke_pipeline_tests.history.samples import NOON, file, found, move, session

pytestmark = pytest.mark.services

ODD = "Ä \\N \\. \t\r\n'\";\u2028\U0001f600%_"
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=200)
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def key_row(name, **changes):
    return {
        "name": name,
        "client_id": "anna",
        "role": "user",
        "permissions": ["see_own_sessions"],
        "shown_prefix": "smk_abc",
        "key_hash": name.ljust(64, "0")[:64],
        "active": True,
        "created_at": NOON,
        "created_by": "local",
        "usage_count": 0,
        "window_count": 0,
    } | changes


def log_line(client_id):
    return {
        "happened_at": NOON,
        "client_id": client_id,
        "client_role": "user",
        "tool_name": "smoke",
        "action": "start",
        "success": True,
        "execution_time_ms": 5,
        "origin": "cli",
        "details": {"word": client_id},
    }


def fill_every_table(database, word=ODD, value=None):
    """A row or more in each table; a session that has its source."""
    history = PostgresHistory(database)
    created = history.create_session(session("stmt_1", test_name=word, spec={"word": word, "value": value}))
    history.save_snapshot(file(created.session_id, Side.SOURCE, origin=word), move(created))
    cells = (CellDifference(column=word, source=word, target="a\0b"),)
    rows = (
        RowDifference(kind=DifferenceKind.MISMATCHED, key=(word, None), cells=cells),
        RowDifference(kind=DifferenceKind.SOURCE_ONLY, key=("\ud800",), values={word: "\0"}),
    )
    result_id = history.save_result(created.session_id, found(*rows, summary={"value": value}), None)
    baseline = {
        "test_name": word,
        "session_id": "stmt_1",
        "result_id": result_id,
        "accepted_by": "anna",
        "accepted_at": NOON,
        "reason": word,
        "rows": 1,
        "active": True,
    }
    about = {"session_id": "stmt_1", "client_id": "anna"}
    rows_of = {
        api_keys: key_row("one"),
        audit_log: log_line(word),
        metrics: metric_row(NOON, test_name=word),
        metadata_cache: {"kind": "k", "key": word, "value": [value], "expires_at": NOON},
        files: about | {"kind": "upload", "path": word, "size_bytes": 5, "created_at": NOON},
        jobs: about
        | {
            "job_id": word,
            "job_name": "verify",
            "status": "running",
            "requested_at": NOON,
            "updated_at": NOON,
        },
        run_progress: {"session_id": "stmt_1", "stage": word, "rows_done": 2**62, "updated_at": NOON},
        test_definitions: {
            "name": word,
            "definition": {"value": value},
            "owner": "anna",
            "version": 1,
            "updated_at": NOON,
            "updated_by": "anna",
        },
    }
    with database.transaction() as connection:
        for table, row in rows_of.items():
            connection.execute(insert(table).values(row))
        number = connection.execute(insert(baselines).values(baseline).returning(baselines.c.baseline_id))
        accepted = {"baseline_id": number.scalar_one(), "fingerprint": b"\0\xff" * 16, "times": 2}
        connection.execute(insert(baseline_rows).values(accepted))


def all_rows(database, *, without=()):
    """Every row of every table, as PostgreSQL writes it."""
    with database.transaction() as connection:
        return {
            table.name: sorted(
                map(str, connection.execute(text(f"SELECT t::text FROM {SCHEMA}.{table.name} t")).all())
            )
            for table in tables_of(connection)
            if table.name not in without
        }


def numbers_to_come(database):
    """The next number of each sequence, which is used up."""
    query = (
        "SELECT sequencename, nextval(format('%I.%I', schemaname, sequencename)::regclass) FROM pg_sequences"
        f" WHERE schemaname = '{SCHEMA}' ORDER BY 1"
    )
    with database.transaction() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def count(database, table):
    with database.transaction() as connection:
        return len(connection.execute(select(table)).all())


def test_every_table_of_another_database_is_the_same_afterwards(make_database, tmp_path):
    one, other = make_database(), make_database(tables=False)
    fill_every_table(one)

    written = export_history(one, tmp_path / "a.zip", with_keys=True)
    read = import_history(other, tmp_path / "a.zip")

    rows = all_rows(other)
    assert rows == all_rows(one)
    assert set(rows) == {table.name for table in metadata.sorted_tables}
    assert {name for name, found_rows in rows.items() if not found_rows} == set()
    assert read == written
    assert read.rows == sum(map(len, rows.values()))
    assert numbers_to_come(one) == numbers_to_come(other)


def test_odd_texts_come_back_as_they_were(make_database, tmp_path):
    one, other, numbers = make_database(), make_database(), itertools.count()
    export_history(one, tmp_path / "empty.zip", with_keys=True)

    @given(word=TEXTS, value=st.lists(JSONS, min_size=5, max_size=20))
    @settings(max_examples=4, deadline=None)
    def come_back(word, value):
        import_history(one, tmp_path / "empty.zip", replace=True)
        fill_every_table(one, word, value)
        path = tmp_path / f"{next(numbers)}.zip"

        export_history(one, path, with_keys=True)
        import_history(other, path, replace=True)

        assert all_rows(other, without={"audit_log"}) == all_rows(one, without={"audit_log"})
        assert set(all_rows(one)["audit_log"]) <= set(all_rows(other)["audit_log"])
        assert PostgresHistory(other).differences(1) == PostgresHistory(one).differences(1)

    come_back()


def test_sessions_go_on_where_they_were_brought_to(make_database, tmp_path):
    one, other = make_database(), make_database(tables=False)
    fill_every_table(one)
    export_history(one, tmp_path / "a.zip")
    import_history(other, tmp_path / "a.zip")
    history = PostgresHistory(other)

    gone_on = history.move(move(history.session("stmt_1"), Step.AWAITING_COMPARISON))
    result_id = history.save_result("stmt_1", found(), None)
    again = history.create_session(session("stmt_1"))

    assert gone_on.version == 3
    assert result_id == 2
    assert again.session_id == "stmt_1_2"


def test_a_number_whose_row_was_deleted_is_not_given_again(make_database, tmp_path):
    one, other = make_database(), make_database()
    fill_every_table(one)
    PostgresHistory(one).delete_session("stmt_1")

    export_history(one, tmp_path / "a.zip")
    import_history(other, tmp_path / "a.zip")

    PostgresHistory(other).create_session(session("stmt_2"))
    assert PostgresHistory(other).save_result("stmt_2", found(), None) == 2


def test_keys_are_left_out_unless_they_are_asked_for(make_database, tmp_path):
    one, other = make_database(), make_database()
    fill_every_table(one)

    export_history(one, tmp_path / "without.zip")
    import_history(other, tmp_path / "without.zip")

    with zipfile.ZipFile(tmp_path / "without.zip") as zipped:
        contents = b"".join(zipped.read(name) for name in zipped.namelist())
    assert key_row("one")["key_hash"].encode() not in contents
    assert count(other, api_keys) == 0


@pytest.mark.parametrize("is_older", [False, True], ids=["same revision", "older revision"])
def test_a_backup_without_keys_leaves_the_keys_that_are_there(make_database, tmp_path, is_older):
    one, other = make_database(tables=False), make_database()
    with one.transaction() as connection:
        migrate(connection, "0002" if is_older else "head")
    export_history(one, tmp_path / "a.zip")
    fill_every_table(other)

    import_history(other, tmp_path / "a.zip", replace=True)

    assert count(other, api_keys) == 1
    assert all_rows(other)["test_sessions"] == []
    numbers = [number for name, number in numbers_to_come(other) if name.startswith("api_keys")]
    assert numbers == [2]


def test_with_keys_those_that_are_there_are_replaced(make_database, tmp_path):
    one, other = make_database(), make_database()
    fill_every_table(one)
    export_history(one, tmp_path / "a.zip", with_keys=True)
    with other.transaction() as connection:
        connection.execute(insert(api_keys).values(key_row("other")))

    with pytest.raises(HistoryError, match="not empty: there are rows in api_keys"):
        import_history(other, tmp_path / "a.zip")
    import_history(other, tmp_path / "a.zip", replace=True)

    assert all_rows(other) == all_rows(one)


def test_a_history_that_is_not_empty_is_replaced_only_when_that_is_asked_for(make_database, tmp_path):
    one, other = make_database(), make_database()
    fill_every_table(one)
    fill_every_table(other, "other")
    export_history(one, tmp_path / "a.zip", with_keys=True)
    before = all_rows(other)

    with pytest.raises(HistoryError, match="not empty") as caught:
        import_history(other, tmp_path / "a.zip")

    assert any("--replace" in words for words in caught.value.suggestions)
    assert all_rows(other) == before
    import_history(other, tmp_path / "a.zip", replace=True)
    assert all_rows(other, without={"audit_log"}) == all_rows(one, without={"audit_log"})


def test_the_log_that_is_there_stays_after_what_the_backup_brings(make_database, tmp_path):
    one, other = make_database(), make_database()
    fill_every_table(one, "one")
    fill_every_table(other, "other")
    export_history(one, tmp_path / "a.zip")

    for _ in range(2):
        import_history(other, tmp_path / "a.zip", replace=True)

    columns = audit_log.c.audit_id, audit_log.c.client_id
    with other.transaction() as connection:
        lines = connection.execute(select(*columns).order_by(columns[0])).all()
    assert [tuple(line) for line in lines] == [(1, "one"), (2, "other")]


def test_a_log_alone_is_no_reason_to_refuse(make_database, tmp_path):
    one, other = make_database(), make_database()
    fill_every_table(one, "one")
    export_history(one, tmp_path / "a.zip")
    with other.transaction() as connection:
        connection.execute(insert(audit_log).values(log_line("other")))

    import_history(other, tmp_path / "a.zip")

    assert count(other, audit_log) == 2


def test_the_log_can_only_be_added_to_after_it_was_replaced(make_database, tmp_path):
    one, other = make_database(), make_database()
    fill_every_table(one)
    fill_every_table(other)
    export_history(one, tmp_path / "a.zip")

    import_history(other, tmp_path / "a.zip", replace=True)

    with pytest.raises(HistoryError, match="only ever added to"), other.transaction() as connection:
        connection.execute(text(f"DELETE FROM {SCHEMA}.audit_log"))


def test_a_backup_of_an_older_revision_is_brought_up_to_date(make_database, tmp_path):
    one, other = make_database(), make_database()
    PostgresHistory(one).create_session(session("old"))
    with one.transaction() as connection:
        migrate_down(connection, "0002")
    export_history(one, tmp_path / "a.zip")

    import_history(other, tmp_path / "a.zip")

    assert PostgresHistory(other).session("old").session_id == "old"
    assert set(all_rows(other)) == {table.name for table in metadata.sorted_tables}


def rewritten(path, change):
    """A backup with members changed."""
    with zipfile.ZipFile(path) as zipped:
        members = {name: zipped.read(name) for name in zipped.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as zipped:
        for name, content in members.items():
            zipped.writestr(name, content)


def in_manifest(**changes):
    def change(members):
        manifest = json.loads(members["manifest.json"])
        members["manifest.json"] = json.dumps(manifest | changes).encode()

    return change


def in_first_table(**changes):
    def change(members):
        manifest = json.loads(members["manifest.json"])
        manifest["tables"][0] |= changes
        members["manifest.json"] = json.dumps(manifest).encode()

    return change


def with_a_row_more(members):
    members["tables/metrics.copy"] += members["tables/metrics.copy"]


def with_another_value(members):
    members["tables/test_sessions.copy"] = members["tables/test_sessions.copy"].replace(b"stmt_1", b"stmt_2")


@pytest.fixture(scope="module")
def whole(maker, tmp_path_factory):
    """A good backup, and a history that it could replace."""
    one, other = maker(), maker()
    fill_every_table(one)
    fill_every_table(other, "other")
    path = tmp_path_factory.mktemp("whole") / "a.zip"
    export_history(one, path, with_keys=True)
    return path, other


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(in_manifest(revision="9999"), "newer than this program", id="newer"),
        pytest.param(in_manifest(format=2), "not a backup", id="another format"),
        pytest.param(in_manifest(tables=[]), "not a backup", id="no tables"),
        pytest.param(in_manifest(more=1), "not a backup", id="unknown key"),
        pytest.param(in_first_table(name="pg_class"), "not a backup", id="another table"),
        pytest.param(in_first_table(name='a"; DROP'), "not a backup", id="a hostile name"),
        pytest.param(in_first_table(rows=7), "not a backup", id="another count"),
        pytest.param(in_first_table(columns=["name"]), "not a backup", id="other columns"),
        pytest.param(with_a_row_more, "not a backup", id="a row more"),
        pytest.param(with_another_value, "not a backup", id="another value"),
        pytest.param(lambda members: members.pop("manifest.json"), "not a backup", id="no manifest"),
        pytest.param(lambda members: members.pop("tables/metrics.copy"), "not a backup", id="no member"),
    ],
)
def test_a_backup_that_is_not_what_it_says_changes_nothing(whole, tmp_path, change, words):
    backup, other = whole
    shutil.copyfile(backup, tmp_path / "a.zip")
    rewritten(tmp_path / "a.zip", change)
    before = all_rows(other)

    with pytest.raises(HistoryError, match=words):
        import_history(other, tmp_path / "a.zip", replace=True)

    assert all_rows(other) == before


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"session_id\n1\n"])
def test_a_file_that_is_no_zip_is_refused(make_database, tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)

    with pytest.raises(HistoryError, match="not a backup"):
        import_history(make_database(), tmp_path / "a.zip")


def test_a_file_that_is_not_there_is_named(make_database, tmp_path):
    with pytest.raises(ObjectNotFoundError, match="cannot be read"):
        import_history(make_database(), tmp_path / "a.zip")


def test_a_file_is_never_written_over_and_is_private(make_database, tmp_path):
    database = make_database()
    export_history(database, tmp_path / "a.zip")

    with pytest.raises(InvalidOptionError, match="there already"):
        export_history(database, tmp_path / "a.zip")

    assert stat.S_IMODE((tmp_path / "a.zip").stat().st_mode) == 0o600


def test_where_nothing_can_be_written_nothing_is_left(make_database, tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(AccessDeniedError):
        export_history(make_database(), tmp_path / "file" / "a.zip")
    with pytest.raises(HistoryError, match="no tables"):
        export_history(make_database(tables=False), tmp_path / "a.zip")

    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_export_is_of_one_moment_though_others_write_meanwhile(make_database, tmp_path):
    one, other = make_database(), make_database()
    history = PostgresHistory(one)
    history.create_session(session("before"))

    def now():
        """Asked for once the moment is held and no table is read yet."""
        created = history.create_session(session("meanwhile"))
        history.save_result(created.session_id, found(), None)
        return NOON + timedelta(1)

    export_history(one, tmp_path / "a.zip", now=now)
    import_history(other, tmp_path / "a.zip")

    assert [kept.session_id for kept in PostgresHistory(other).sessions()] == ["before"]


def test_tables_in_use_are_not_waited_for_without_end(make_database, tmp_path):
    one, other = make_database(), make_database()
    fill_every_table(one)
    fill_every_table(other)
    export_history(one, tmp_path / "a.zip")

    with other.transaction() as holder:
        holder.execute(text(f"SELECT 1 FROM {SCHEMA}.test_sessions"))
        with pytest.raises(HistoryUnavailableError, match="Somebody uses"):
            import_history(other, tmp_path / "a.zip", replace=True, wait_s=1)

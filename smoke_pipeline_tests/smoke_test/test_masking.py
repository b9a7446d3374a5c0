"""A value that must not be seen, planted in a session: it is in no file, no table and no word about it."""

import io
import json
from pathlib import Path
from zipfile import ZipFile, is_zipfile

import psycopg
import pyarrow.parquet as pq
import pytest

from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.defs.metadata import of_comparison, of_report, of_snapshot
from smoke_pipeline.report.formats.registry import FORMATS
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.smoke_test.outcome import outcome_of
from smoke_pipeline.smoke_test.spec import PathSide, SessionSpec
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.steps import compare_and_record, publish_report, snapshot_side
from smoke_pipeline.smoke_test.surroundings import Surroundings, open_surroundings
from smoke_pipeline.snapshots.manifest import Side

SECRET = "4111-geheim-1111"
SOURCE = f"id,card,note\n1,{SECRET}a,x\n2,{SECRET}b,same\n3,{SECRET}c,{SECRET}\n{SECRET}k,n,y\n"
TARGET = f"id,card,note\n1,{SECRET}A,y\n2,,same\n4,{SECRET}d,{SECRET}\n{SECRET}k,n,z\n"
SNAPSHOTS = ("source.parquet", "target.parquet")
"""What was compared; it stays as it was, and is nobody's to look at."""


@pytest.fixture
def settings(postgres_url, tmp_path) -> Settings:
    return Settings.model_validate(
        {
            "data_dir": tmp_path / "data",
            "postgres_url": postgres_url,
            "masking": {"patterns": ["geheim"], "columns": ["card"], "key": "a key of many characters"},
            "report": {"formats": list(FORMATS), "repair_table": "t", "repair_dialect": "mysql"},
        }
    )


def ran(around: Surroundings, folder: Path) -> tuple[str, ComparisonResult, list[object]]:
    """A whole session; its id, its result, and what Dagster is told of its steps."""
    sides = []
    for name, text in (("source.csv", SOURCE), ("target.csv", TARGET)):
        (folder / name).write_text(text)
        sides.append(PathSide(path=str(folder / name)))
    spec = SessionSpec(
        source=sides[0], target=sides[1], comparison=ComparisonSpec(key=("id",), all_mismatches=True)
    )
    session_id = start_session(spec, around).session_id
    told: list[object] = []
    for side in Side:
        taken = snapshot_side(session_id, side, around)
        told += [of_snapshot(taken.manifest, taken.address), taken.claims]
    result = compare_and_record(session_id, around)
    told.append(of_comparison(result, around.settings.report))
    published = publish_report(session_id, around)
    told.append(of_report(published, "http://localhost/", around.settings.report))
    told.append(outcome_of(session_id, around).to_dict())
    return session_id, result, told


def rows_of_database(url: str) -> str:
    """Every row of every table, as text."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'mcp_smoke'"
        ).fetchall()
        rows = [
            row
            for (table,) in tables
            for (row,) in connection.execute(f"SELECT row_to_json(t)::text FROM {table} t".encode())
        ]
    assert len(rows) > 5
    return "\n".join(rows)


def files_below(folder: Path) -> dict[str, str]:
    """What every file says, those within a zip and the values of Parquet too."""
    found: dict[str, str] = {}
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        members = {path.name: path.read_bytes()}
        if is_zipfile(path):
            with ZipFile(path) as bundle:
                members |= {f"{path.name}/{name}": bundle.read(name) for name in bundle.namelist()}
        for name, data in members.items():
            is_parquet = data[:4] == b"PAR1"
            found[name] = repr(pq.read_table(io.BytesIO(data)).to_pylist()) if is_parquet else repr(data)
    return found


def test_a_planted_value_is_in_no_file_no_table_and_no_word(settings, postgres_url, tmp_path):
    with open_surroundings(settings) as around:
        session_id, result, told = ran(around, tmp_path)
        folder = around.folder(around.history.session(session_id))
        files = files_below(folder)
        kept = around.history.differences(around.history.newest_result(session_id).result_id)

    assert [name for name, text in files.items() if "geheim" in text] == sorted(SNAPSHOTS)
    assert "mismatches.parquet" in files
    assert {f"comparison_{session_id}.zip/{one.member}" for one in FORMATS.values()} <= files.keys()
    assert "geheim" not in rows_of_database(postgres_url)
    assert "geheim" not in repr(told)
    assert "geheim" not in repr(result)
    assert kept == result.differences


def test_the_verdict_is_that_of_the_values_and_not_of_what_is_shown(settings, tmp_path):
    plain = settings.model_copy(update={"masking": Settings().masking})
    found = []
    for number, chosen in enumerate((settings, plain)):
        folder = tmp_path / f"run {number}"
        folder.mkdir()
        with open_surroundings(chosen) as around:
            found.append(ran(around, folder)[1])

    masked, shown = found
    assert (masked.counts, masked.verdict) == (shown.counts, shown.verdict)
    assert masked.mismatch_by_column == shown.mismatch_by_column
    assert masked.patterns == shown.patterns
    assert masked.masked_columns == ("card", "id", "note")
    assert shown.masked_columns == ()
    assert [len(row.cells) for row in masked.differences] == [len(row.cells) for row in shown.differences]


def test_equal_values_are_shown_alike_in_two_sessions(settings, tmp_path):
    tokens = []
    for number in range(2):
        folder = tmp_path / f"run {number}"
        folder.mkdir()
        with open_surroundings(settings) as around:
            tokens.append([row.key for row in ran(around, folder)[1].differences])

    assert tokens[0] == tokens[1]


def test_the_summary_in_the_history_is_that_of_the_bundle(settings, tmp_path):
    with open_surroundings(settings) as around:
        session_id, _, _ = ran(around, tmp_path)
        record = around.history.newest_result(session_id)
        outcome = outcome_of(session_id, around)
    with ZipFile(outcome.report) as bundle:
        assert json.loads(bundle.read("summary.json")) == dict(record.summary)

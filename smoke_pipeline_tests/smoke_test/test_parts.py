"""The comparison of a session in parts, over real files and a history in memory."""

from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from smoke_pipeline.comparison.result import EngineFacts
from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.errors import (
    ColumnsDifferError,
    SessionStateError,
    SnapshotMissingError,
)
from smoke_pipeline.smoke_test.parts.steps import compare_one_part, deal, merge_and_record
from smoke_pipeline.smoke_test.results.kept_result import kept_result
from smoke_pipeline.smoke_test.spec import PathSide, SessionSpec
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.steps import compare_and_record, publish_report, snapshot_side
from smoke_pipeline.snapshots.manifest import Side

BEFORE = "id,amount\n" + "".join(f"{n},{n * 10}\n" for n in range(1, 41))
AFTER = BEFORE.replace("\n7,70\n", "\n7,71\n").replace("\n9,90\n", "\n9,90\n9,91\n")


@pytest.fixture
def around_parts(around):
    """Sessions compare in three parts."""
    comparison = around.settings.comparison.model_copy(update={"partitions": 3})
    return replace(around, settings=around.settings.model_copy(update={"comparison": comparison}))


def taken(around, write, key="auto", after=AFTER):
    """A session whose two sides were taken."""
    spec = SessionSpec(
        source=PathSide(path=write("before.csv", BEFORE)),
        target=PathSide(path=write("after.csv", after)),
        comparison=ComparisonSpec(key=key),
    )
    session_id = start_session(spec, around).session_id
    for side in Side:
        snapshot_side(session_id, side, around)
    return session_id


def in_parts(session_id, around):
    for part in deal(session_id, around).parts:
        compare_one_part(session_id, part.number, around)
    return merge_and_record(session_id, around)


@pytest.mark.parametrize("key", [("id",), "auto", None], ids=str)
def test_parts_give_the_result_of_one_step(around_parts, write, key):
    session_id = taken(around_parts, write, key)

    whole = compare_and_record(session_id, around_parts)
    merged = in_parts(session_id, around_parts)

    assert replace(merged, engine=EngineFacts()) == replace(whole, engine=EngineFacts())
    assert merged.differences


def test_what_was_added_up_is_recorded_and_reported_and_the_parts_are_gone(around_parts, write):
    session_id = taken(around_parts, write)
    folder = around_parts.folder(around_parts.history.session(session_id))

    result = in_parts(session_id, around_parts)

    newest = around_parts.history.newest_result(session_id)
    assert kept_result(newest.result_id, folder) == result
    assert publish_report(session_id, around_parts).zip_path.is_file()
    assert not (folder / "parts").exists()


def test_a_part_that_was_not_compared_is_missed(around_parts, write):
    session_id = taken(around_parts, write)
    deal(session_id, around_parts)
    compare_one_part(session_id, 1, around_parts)

    with pytest.raises(SnapshotMissingError, match=r"2-of-3\.json is not there"):
        merge_and_record(session_id, around_parts)


def test_dealing_again_forgets_what_older_parts_found(around_parts, write):
    session_id = taken(around_parts, write)
    for part in deal(session_id, around_parts).parts:
        compare_one_part(session_id, part.number, around_parts)

    deal(session_id, around_parts)

    with pytest.raises(SnapshotMissingError):
        merge_and_record(session_id, around_parts)


def test_columns_that_differ_are_told_before_any_part_is_compared(around_parts, write):
    session_id = taken(around_parts, write, after="id,total\n1,2\n")

    with pytest.raises(ColumnsDifferError):
        deal(session_id, around_parts)


def test_a_session_without_its_sides_is_not_dealt(around_parts, write):
    spec = SessionSpec(source=PathSide(path=write("before.csv", BEFORE)))
    session_id = start_session(spec, around_parts).session_id

    with pytest.raises(SessionStateError):
        deal(session_id, around_parts)


def test_every_difference_that_the_parts_wrote_down_becomes_one_file(around_parts, write):
    spec = SessionSpec(
        source=PathSide(path=write("before.csv", BEFORE)),
        target=PathSide(path=write("after.csv", AFTER.replace("\n3,30\n", "\n3,31\n").replace("40,", "41,"))),
        comparison=ComparisonSpec(key=("id",), all_mismatches=True, max_mismatches=1),
    )
    session_id = start_session(spec, around_parts).session_id
    for side in Side:
        snapshot_side(session_id, side, around_parts)
    file = around_parts.folder(around_parts.history.session(session_id)) / "mismatches.parquet"
    in_order = [("source_row", "ascending"), ("target_row", "ascending")]

    compare_and_record(session_id, around_parts)
    whole = pq.read_table(file).sort_by(in_order).to_pylist()
    file.unlink()
    in_parts(session_id, around_parts)

    assert pq.read_table(file).sort_by(in_order).to_pylist() == whole
    assert len(whole) == 5


def test_a_file_of_differences_that_a_part_lost_is_missed(around_parts, write):
    spec = SessionSpec(
        source=PathSide(path=write("before.csv", BEFORE)),
        target=PathSide(path=write("after.csv", AFTER)),
        comparison=ComparisonSpec(key=("id",), all_mismatches=True),
    )
    session_id = start_session(spec, around_parts).session_id
    for side in Side:
        snapshot_side(session_id, side, around_parts)
    for part in deal(session_id, around_parts).parts:
        compare_one_part(session_id, part.number, around_parts)
    folder = around_parts.folder(around_parts.history.session(session_id))
    (folder / "parts" / "mismatches-2-of-3.parquet").unlink()

    with pytest.raises(SnapshotMissingError, match=r"mismatches-2-of-3\.parquet is not there"):
        merge_and_record(session_id, around_parts)

    assert not (folder / "mismatches.parquet").exists()

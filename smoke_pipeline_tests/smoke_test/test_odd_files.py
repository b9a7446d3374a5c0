"""Sessions over CSVs that are not plain: what was left out stays with the session."""

from smoke_pipeline.comparison.result import Verdict
from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.readers.base import ReadOptions
from smoke_pipeline.smoke_test.spec import PathSide, SessionSpec
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.steps import compare_and_record, publish_report, snapshot_side
from smoke_pipeline.snapshots.manifest import Side

TABLE = "id,amount\n1,10.5\n2,20.5\n3,30.5\n"


def compared(around, write, source, target, **reading):
    options = ReadOptions(**reading)
    spec = SessionSpec(
        source=PathSide(path=write("before.csv", source)),
        target=PathSide(path=write("after.csv", target)),
        comparison=ComparisonSpec(key=("id",), source=options, target=options),
    )
    session_id = start_session(spec, around).session_id
    snapshot_side(session_id, Side.SOURCE, around)
    snapshot_side(session_id, Side.TARGET, around)
    compare_and_record(session_id, around)
    return publish_report(session_id, around).result


def test_rows_that_were_left_out_leave_the_session_unproven(around, write):
    result = compared(around, write, f"{TABLE}4\n", f"{TABLE}5\n", ragged="skip")

    assert (result.verdict, result.counts.matched) == (Verdict.UNPROVEN, 3)
    assert "1 of the source and 1 of the target" in result.unproven_because


def test_titles_that_differ_leave_it_unproven_and_are_kept_with_the_snapshot(around, write):
    result = compared(around, write, f"Sales of March\n{TABLE}", f"Sales of April\n\n{TABLE}")

    assert result.verdict is Verdict.UNPROVEN
    assert result.source.reading.preamble.start == "Sales of March"
    assert result.target.reading.preamble.lines == 2

import json
from zipfile import ZipFile

from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.smoke_test.spec import PathSide, SessionSpec
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.steps import compare_and_record, publish_report, snapshot_side
from smoke_pipeline.snapshots.manifest import Side


def published(around, write, after: str):
    """The report of one more session of the test `daily`."""
    around.now.advance(hours=1)
    spec = SessionSpec(
        test_name="daily",
        source=PathSide(path=write("before.csv", "id,amount\n1,10\n2,20\n")),
        target=PathSide(path=write("after.csv", after)),
        comparison=ComparisonSpec(key=("id",)),
    )
    session = start_session(spec, around).session_id
    for side in Side:
        snapshot_side(session, side, around)
    compare_and_record(session, around)
    return publish_report(session, around).zip_path


def member(path, name: str) -> bytes:
    with ZipFile(path) as bundle:
        return bundle.read(name)


def test_the_report_draws_how_the_test_went_before(around, write):
    first = published(around, write, "id,amount\n1,10\n2,21\n")
    second = published(around, write, "id,amount\n1,10\n2,20\n3,30\n")

    assert b"Match score of this test over time" not in member(first, "report.html")
    page = member(second, "report.html").decode()
    assert "2 runs from 2026-03-01 to 2026-03-01, 0 passed: 50.00, 66.67." in page


def test_a_report_built_again_has_the_same_bytes(around, write):
    published(around, write, "id,amount\n1,10\n2,21\n")
    path = published(around, write, "id,amount\n1,10\n2,20\n3,30\n")
    before = json.loads(member(path, "manifest.json"))
    published(around, write, "id,amount\n1,10\n2,20\n")

    publish_report(path.stem.removeprefix("comparison_"), around)

    assert json.loads(member(path, "manifest.json")) == before

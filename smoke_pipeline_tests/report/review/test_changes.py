from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from smoke_pipeline.comparison.result import ComparisonResult, DifferenceKind, RowCounts
from smoke_pipeline.errors import InvalidOptionError, ObjectNotFoundError, SnapshotDamagedError
from smoke_pipeline.report.bundle import write_bundle
from smoke_pipeline.report.review.changes import MOST_SHOWN, as_facts, as_lines, changes_between
from smoke_pipeline.report.review.lines import lines_of_bundle, lines_of_result
from smoke_pipeline.settings.model import ReportSettings
from smoke_pipeline_tests.report.drawn import results
from smoke_pipeline_tests.report.hostile import HOSTILE, hostile
from smoke_pipeline_tests.report.results import mismatch, one_sided, result, rich


def run(*differences, key=("id",)) -> ComparisonResult:
    kinds = [row.kind for row in differences]
    counts = RowCounts(
        matched=10,
        mismatched=kinds.count(DifferenceKind.MISMATCHED),
        source_only=kinds.count(DifferenceKind.SOURCE_ONLY),
        target_only=kinds.count(DifferenceKind.TARGET_ONLY),
    )
    return result(counts, key=key, differences=differences)


def changed(before: ComparisonResult, after: ComparisonResult):
    return changes_between(lines_of_result(before, "before"), lines_of_result(after, "after"))


STAYED = mismatch("1", ("amount", "1", "2"))
GONE = mismatch("2", ("amount", "1", "2"))
NEW = one_sided(DifferenceKind.TARGET_ONLY, {"id": "3", "amount": None}, 3)


def test_differences_are_new_gone_or_stayed():
    found = changed(run(STAYED, GONE), run(STAYED, NEW))

    assert (found.new.total(), found.gone.total(), found.stayed.total()) == (1, 1, 1)
    assert [line.key for line in found.new] == [("3",)]
    assert found.has_new


def test_nothing_new_is_nothing_new():
    assert not changed(run(STAYED, GONE), run(STAYED)).has_new


def test_another_value_of_the_same_cell_is_gone_and_new():
    found = changed(run(STAYED), run(mismatch("1", ("amount", "1", "3"))))

    assert (found.new.total(), found.gone.total()) == (1, 1)


def test_null_is_not_the_empty_text():
    found = changed(run(mismatch("1", ("a", None, "x"))), run(mismatch("1", ("a", "", "x"))))

    assert (found.new.total(), found.stayed.total()) == (1, 0)


def test_rows_that_stand_there_twice_are_counted():
    row = replace(one_sided(DifferenceKind.SOURCE_ONLY, {"id": "1"}, 1), key=())

    found = changed(run(row, key=()), run(row, row, key=()))

    assert (found.new.total(), found.stayed.total()) == (1, 1)


def test_the_place_of_a_row_does_not_matter():
    moved = replace(STAYED, source_row=99, target_row=98)

    assert changed(run(STAYED), run(moved)).stayed.total() == 1


def test_runs_of_two_tests_are_refused():
    with pytest.raises(InvalidOptionError, match="not of one test"):
        changed(run(), run(key=("id", "name")))


def test_lists_that_were_cut_say_so_and_more_rows_count_as_new():
    cut = replace(run(STAYED), counts=RowCounts(matched=1, mismatched=5))

    found = changed(run(STAYED), cut)

    assert (found.is_complete, found.has_new, found.new.total()) == (False, True, 0)
    assert any("Not every differing row was kept" in line for line in as_lines(found))


@pytest.mark.parametrize("formats", [("json", "csv"), ("json", "parquet")], ids=["csv", "parquet"])
@pytest.mark.parametrize(
    "found",
    [pytest.param(rich(), id="rich"), pytest.param(run(), id="none")]
    + [pytest.param(hostile(value), id=repr(value[:12])) for value in HOSTILE],
)
def test_a_bundle_holds_the_lines_of_its_result(tmp_path, found, formats):
    path = write_bundle(found, tmp_path, name="r", settings=ReportSettings(formats=formats)).zip_path

    assert lines_of_bundle(path) == lines_of_result(found, str(path))


@pytest.mark.parametrize("formats", [("json", "csv"), ("json", "parquet")], ids=["csv", "parquet"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=results())
def test_any_result_can_be_read_back_from_its_bundle(tmp_path, formats, found):
    path = write_bundle(found, tmp_path, name="r", settings=ReportSettings(formats=formats)).zip_path

    assert lines_of_bundle(path) == lines_of_result(found, str(path))


@pytest.mark.parametrize("formats", [("html",), ("csv",), ("json",)])
def test_a_bundle_without_the_lists_is_refused(tmp_path, formats):
    path = write_bundle(rich(), tmp_path, name="r", settings=ReportSettings(formats=formats)).zip_path

    with pytest.raises(InvalidOptionError, match="no list of differences"):
        lines_of_bundle(path)


def test_what_is_no_bundle_is_refused(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"nonsense")

    with pytest.raises(SnapshotDamagedError):
        lines_of_bundle(tmp_path / "x.zip")
    with pytest.raises(ObjectNotFoundError):
        lines_of_bundle(tmp_path / "y.zip")


def test_a_program_reads_every_line():
    facts = as_facts(changed(run(STAYED, GONE), run(STAYED, NEW)))

    assert facts["has_new"] is True
    assert facts["new"] == [
        {
            "key": ["3"],
            "difference_type": "target_only",
            "column": None,
            "source": None,
            "target": '{"amount": null, "id": "3"}',
        }
    ]
    assert (facts["before"]["mismatched"], facts["after"]["mismatched"]) == (2, 1)


def test_runs_that_are_not_masked_alike_say_so():
    found = changed(run(STAYED), replace(run(STAYED), masked_columns=("amount",)))

    assert any("not masked in the same columns" in line for line in as_lines(found))
    assert as_facts(found)["after"]["masked_columns"] == ["amount"]


def test_the_words_are_as_agreed(golden):
    lines = as_lines(changed(run(STAYED, GONE), run(STAYED, NEW)))

    golden("changes.txt", "\n".join(lines).encode())


def test_many_lines_are_counted_and_none_steers_a_terminal():
    many = [mismatch(f"\x1b[2J{n}", ("amount", "1", "2")) for n in range(99)]

    lines = as_lines(changed(run(), run(*many)))

    assert f"  … {99 - MOST_SHOWN} more; --format json has all" in lines
    assert "\x1b" not in "".join(lines)

from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from smoke_pipeline.comparison.result import ComparisonResult, RowCounts
from smoke_pipeline_tests.report.formats.writing import written
from smoke_pipeline_tests.report.hostile import HOSTILE, hostile
from smoke_pipeline_tests.report.results import result, rich

OF_SUITES = {"name", "tests", "failures", "errors", "skipped", "time"}
OF_CASES = {"classname", "name", "time"}


def parsed(found: ComparisonResult) -> ET.Element:
    return ET.fromstring(written("junit", found))


def outcomes(root: ET.Element) -> dict[str, str]:
    return {case.attrib["name"]: next((one.tag for one in case), "passed") for case in root.iter("testcase")}


@pytest.mark.parametrize(
    "found",
    [pytest.param(rich(), id="rich"), pytest.param(result(), id="plain")]
    + [pytest.param(hostile(value), id=repr(value[:12])) for value in HOSTILE],
)
def test_it_has_the_shape_that_build_servers_read(found):
    root = parsed(found)

    assert root.tag == "testsuites"
    for suite in root:
        assert suite.tag == "testsuite"
        assert suite.attrib.keys() == OF_SUITES
        assert int(suite.attrib["tests"]) == len(suite)
        for kind, tag in (("failures", "failure"), ("skipped", "skipped")):
            assert int(suite.attrib[kind]) == len([case for case in suite if case.find(tag) is not None])
        for case in suite:
            assert case.tag == "testcase"
            assert case.attrib.keys() == OF_CASES
            assert all(case.attrib.values())
            assert [one.tag for one in case] in ([], ["failure"], ["skipped"])
            assert all("message" in one.attrib for one in case)
    for kind in ("tests", "failures", "errors", "skipped"):
        assert int(root.attrib[kind]) == sum(int(suite.attrib[kind]) for suite in root)


def test_there_is_a_case_for_every_compared_column_and_every_check():
    assert outcomes(parsed(rich())) == {
        "match_score_reaches_threshold": "failure",
        "is_proved": "passed",
        "row_counts_match": "failure",
        "no_row_is_on_the_source_alone": "failure",
        "no_row_is_on_the_target_alone": "failure",
        "columns_match": "failure",
        "no_duplicate_keys": "failure",
        "id": "passed",
        "amount": "failure",
        "städte": "passed",
        "note": "failure",
    }


def test_what_differs_below_the_threshold_is_skipped_and_never_passed():
    counts = RowCounts(matched=99, mismatched=1)
    found = outcomes(parsed(result(counts, threshold=Decimal(95), mismatch_by_column={"amount": 1})))

    assert found["amount"] == "skipped"
    assert found["match_score_reaches_threshold"] == "passed"
    assert "failure" not in found.values()


def test_what_proves_nothing_fails():
    assert outcomes(parsed(result(unproven_because="The ETL has not run.")))["is_proved"] == "failure"


def test_whole_rows_have_no_case_about_keys():
    assert "no_duplicate_keys" not in outcomes(parsed(result(key=())))

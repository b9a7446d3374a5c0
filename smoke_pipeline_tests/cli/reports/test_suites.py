"""The summary of a suite on the report server."""

import pytest
from starlette.testclient import TestClient

from smoke_pipeline.cli.reports.app import build_app
from smoke_pipeline.smoke_test.suites.record import SuiteRun
from smoke_pipeline.smoke_test.suites.summary import write_summary
from smoke_pipeline_tests.smoke_test.conftest import around

__all__ = ["around"]

RUN = SuiteRun(
    suite_id="nightly_1", suite="nightly", started_at="", parallel=1, driver="dagster", ended_at="now"
)


def asked(around, path):
    return TestClient(build_app(around), base_url="http://127.0.0.1").get(path)


def test_the_summary_is_served(around):
    write_summary(RUN, around)

    answer = asked(around, "/suites/nightly_1/")

    assert answer.status_code == 200
    assert "Suite nightly: unproven" in answer.text


@pytest.mark.parametrize("path", ["/suites/nightly_2/", "/suites/..%2f..%2fetc/", "/suites/NIGHTLY_1/"])
def test_nothing_else_is(around, path):
    write_summary(RUN, around)

    assert asked(around, path).status_code == 404

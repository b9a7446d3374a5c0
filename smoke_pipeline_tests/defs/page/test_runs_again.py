"""Backfills over many sessions, as the page and its GraphQL launch them; after the page was looked at."""

import json
from itertools import pairwise

import pytest

from smoke_pipeline_tests.cli.served import FINISHED, smoke, until

pytestmark = [pytest.mark.services, pytest.mark.browser]

BACKFILL = """mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
  __typename
  ... on LaunchBackfillSuccess { backfillId }
  ... on PythonError { message }
} }"""
RUNS = """query($filter: RunsFilter) { runsOrError(filter: $filter) { ... on Runs {
  results { status startTime endTime tags { key value } }
} } }"""
LOCATION = {"repositoryLocationName": "smoke_pipeline", "repositoryName": "__repository__"}
ASSETS = ("source_snapshot", "target_snapshot", "comparison", "report")


@pytest.fixture(scope="module")
def runs(shown):
    """Three backfills of the same two sessions at once, and their runs as they ended, by backfill."""
    verify = {"selector": {"partitionSetName": "verify_partition_set", "repositorySelector": LOCATION}}
    everything = {"assetSelection": [{"path": ["smoke_test", name]} for name in ASSETS]}
    launched = []
    for what in (verify, verify, everything):
        params = {**what, "partitionNames": [shown.passed, shown.failed]}
        found = shown.served.ask(BACKFILL, params=params)["launchPartitionBackfill"]
        assert found["__typename"] == "LaunchBackfillSuccess", found
        launched.append(found["backfillId"])

    def ended(backfill):
        tags = [{"key": "dagster/backfill", "value": backfill}]
        found = shown.served.ask(RUNS, filter={"tags": tags})["runsOrError"]["results"]
        return len(found) == 2 and all(run["status"] in FINISHED for run in found) and found

    return [until(lambda backfill=one: ended(backfill), timeout_s=600) for one in launched]


def tags_of(run):
    return {tag["key"]: tag["value"] for tag in run["tags"]}


def told(shown, *words):
    return json.loads(smoke(shown.served.data, *words, "--format", "json").stdout)


def test_each_session_has_a_run_of_its_own_with_its_verdict(shown, runs):
    for backfill in runs:
        found = {tags_of(run)["smoke/session"]: tags_of(run)["smoke/verdict"] for run in backfill}

        assert [run["status"] for run in backfill] == ["SUCCESS", "SUCCESS"]
        assert found == {shown.passed: "passed", shown.failed: "failed"}


def test_two_runs_of_a_session_never_overlap(shown, runs):
    for session_id in (shown.passed, shown.failed):
        spans = sorted(
            (run["startTime"], run["endTime"])
            for backfill in runs
            for run in backfill
            if tags_of(run)["dagster/partition"] == session_id
        )

        assert len(spans) == 3
        assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_what_is_done_again_is_counted_once(shown, runs):
    assert len(runs) == 3

    sessions = told(shown, "sessions")["sessions"]
    points = told(shown, "trends", "payments, nightly")["points"]

    assert {one["session_id"]: one["verdict"] for one in sessions} == {
        shown.passed: "passed",
        shown.failed: "failed",
    }
    assert [(one["passed"], one["failed"]) for one in points] == [(1, 0), (0, 1)]

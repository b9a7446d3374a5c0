"""The names under which the pipeline is known to Dagster, for whoever asks Dagster from outside."""

from smoke_pipeline.settings.traces.spans import traceparent

LOCATION = "smoke_pipeline"
"""The code location, as `workspace.yaml` calls it."""
REPOSITORY = "__repository__"
"""What Dagster calls the one repository of a location."""
SESSIONS = "smoke_sessions"
"""The set of partitions: a session's id is its partition key."""
ETL = ("smoke_test", "etl_completed")
"""The asset that tells that the ETL of a session has run."""

TAKE_SOURCE = "take_source"
TAKE_TARGET = "take_target"
COMPARE = "compare"
VERIFY = "verify"
SMOKE_TEST = "smoke_test"

SESSION_TAG = "smoke/session"
SUITE_TAG = "smoke/suite"
TEST_TAG = "smoke/test"
"""The test that the session is one of, as people call it."""
JOB_TAG = "smoke/job"
"""The tag of a run that was asked for: the id of its row in `jobs`."""
TRACE_TAG = "smoke/traceparent"
"""The span that asked for a run, as the W3C has it written; only where traces are sent."""
VERDICT_TAG = "smoke/verdict"
"""Shown in the list of runs, where a run that only found differences is a success."""


def trace_tags() -> dict[str, str]:
    """The tag of a run that is asked for now, within the span that asks; none where no traces are sent."""
    written = traceparent()
    return {TRACE_TAG: written} if written else {}

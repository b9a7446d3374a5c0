"""What holds once everything has settled, whatever went wrong before."""

import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from smoke_pipeline import errors
from smoke_pipeline_tests.chaos.conversation import Conversation
from smoke_pipeline_tests.chaos.inputs import SIGNALLED, Counts
from smoke_pipeline_tests.chaos.world import World
from smoke_pipeline_tests.cli.served import SMOKE

ENDED = ("SUCCESS", "FAILURE", "CANCELED")
SESSIONS = "SELECT * FROM mcp_smoke.test_sessions ORDER BY session_id"
RESULTS = "SELECT * FROM mcp_smoke.comparison_results ORDER BY result_id"
JOBS = "SELECT * FROM mcp_smoke.jobs"
RUNS = "SELECT run_id, pipeline_name, status FROM runs"
VERIFIED = """
SELECT session.value AS session_id, count(*) AS runs FROM run_tags AS session
JOIN run_tags AS sensor ON sensor.run_id = session.run_id AND sensor.key = 'dagster/sensor_name'
WHERE session.key = 'dagster/partition' AND sensor.value = 'etl_verified' GROUP BY 1
"""


def kinds_of_error() -> set[str]:
    """The names of our own errors, all but that of their root, which says nothing."""
    return {
        name
        for name, one in vars(errors).items()
        if isinstance(one, type) and issubclass(one, errors.SmokePipelineError)
    } - {"SmokePipelineError"}


def what_does_not_hold(world: World, conversations: Sequence[Conversation]) -> list[str]:
    """Everything that is not as promised, as sentences; `conversations` are those that have ended."""
    with psycopg.connect(world.history, row_factory=dict_row) as connection:
        found = {name: connection.execute(query).fetchall() for name, query in _queries().items()}
    return [
        *_sessions(conversations, found["sessions"]),
        *_results(conversations, found["results"], world.disk.folder, found["sessions"]),
        *_reasons(found["sessions"], found["jobs"]),
        *_runs(found["runs"], found["jobs"]),
        *_verifications(conversations, found["verified"]),
        *_doctor(world),
    ]


def what_goes_on(world: World) -> list[str]:
    """The runs and jobs that have not ended."""
    with psycopg.connect(world.history, row_factory=dict_row) as connection:
        runs, jobs = (connection.execute(query).fetchall() for query in (RUNS, JOBS))
    return list(_runs(runs, jobs))


def reasons(world: World) -> Counter[str]:
    """Why sessions are failed now, by kind of error."""
    with psycopg.connect(world.history, row_factory=dict_row) as connection:
        rows = connection.execute(SESSIONS).fetchall()
    return Counter(_kind(row["failure"]) for row in rows if row["status"] == "failed")


def _queries() -> dict[str, str]:
    return {"sessions": SESSIONS, "results": RESULTS, "jobs": JOBS, "runs": RUNS, "verified": VERIFIED}


def _sessions(conversations: Sequence[Conversation], rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """None is lost, none twice, and each has ended."""
    named = Counter(row["test_name"] for row in rows)
    for one in conversations:
        if named.pop(one.name, 0) != 1:
            ids = [row["session_id"] for row in rows if row["test_name"] == one.name]
            yield f"{one.name} ({one.way}) has {len(ids)} sessions: {ids}"
    yield from (f"{name!r} is a session that nobody asked for" for name in named)
    for row in rows:
        if row["status"] not in ("completed", "failed"):
            yield f"{row['session_id']} ({row['test_name']}) is {row['status']} at {row['step']}"


def _results(
    conversations: Sequence[Conversation],
    rows: Sequence[dict[str, Any]],
    data: Path,
    sessions: Sequence[dict[str, Any]],
) -> Iterator[str]:
    """Each completed session has one report, and the counts that are true."""
    of = {row["session_id"]: row for row in sessions}
    for one in conversations:
        session = of.get(one.session_id)
        own = [row for row in rows if row["session_id"] == one.session_id]
        if session is None or session["status"] != "completed":
            continue
        if not 1 <= len(own) <= one.attempts:
            yield f"{one.session_id} ({one.way}) has {len(own)} results after {one.attempts} attempts"
        if own and _counts(own[-1]) != one.pair.counts:
            yield f"{one.session_id} found {_counts(own[-1])}, and not {one.pair.counts}"
        bundles = [*(data / session["test_folder"]).glob("*.zip")]
        reported = [row["zip_package_path"] for row in own if row["zip_package_path"]]
        if len(bundles) != 1 or not reported:
            yield f"{one.session_id} has {len(bundles)} bundles and {len(reported)} reported results"


def _counts(row: dict[str, Any]) -> Counts:
    names = ("matched_rows", "mismatched_rows", "source_only_rows", "target_only_rows")
    return Counts(row["verdict"], *(row[name] for name in names))


def _reasons(sessions: Sequence[dict[str, Any]], jobs: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Whatever failed says why, by an error of ours."""
    known = kinds_of_error()
    for row in (*sessions, *jobs):
        name = row.get("job_id", row["session_id"])
        if row["status"] == "failed" and _kind(row["failure"]) not in known:
            yield f"{name} ({row['session_id']}) failed for no reason of ours: {row['failure']}"


def _kind(failure: dict[str, Any] | None) -> str:
    return str((failure or {}).get("error_type"))


def _runs(runs: Sequence[dict[str, Any]], jobs: Sequence[dict[str, Any]]) -> Iterator[str]:
    for row in runs:
        if row["status"] not in ENDED:
            yield f"run {row['run_id']} of {row['pipeline_name']} is {row['status']}"
    for row in jobs:
        if row["status"] in ("queued", "running"):
            yield f"job {row['job_id']} of {row['job_name']} ({row['session_id']}) is {row['status']}"


def _verifications(conversations: Sequence[Conversation], rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """One event starts one verification."""
    of = {row["session_id"]: row["runs"] for row in rows}
    for one in conversations:
        if one.way in SIGNALLED and of.get(one.session_id, 0) > 1:
            yield f"{one.session_id} ({one.way}) was verified {of[one.session_id]} times for one event"


def _doctor(world: World) -> Iterator[str]:
    done = subprocess.run(
        [*SMOKE, "doctor", "--deep"],
        env=dict(world.variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    if done.returncode:
        yield f"smoke doctor --deep: {done.stdout}{done.stderr}"

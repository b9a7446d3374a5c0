"""Dagster's webserver, asked over GraphQL.

`DagsterGraphQLClient` of Dagster's own knows neither partitions nor running again, and brings Dagster into
the process; what is needed are these few questions.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx2

from smoke_pipeline.errors import DagsterUnavailableError, LaunchError, RunNotFoundError
from smoke_pipeline.history.records import JobStatus
from smoke_pipeline.launcher.dagster import questions
from smoke_pipeline.launcher.dagster.base import Dagster, DagsterHealth, DagsterRun
from smoke_pipeline.smoke_test.pipeline_names import ETL, LOCATION, REPOSITORY, SESSION_TAG, SESSIONS

TIMEOUT_S = 30.0

_REPOSITORY = {"repositoryLocationName": LOCATION, "repositoryName": REPOSITORY}
_STATUS: Mapping[str, JobStatus] = {
    "QUEUED": JobStatus.QUEUED,
    "NOT_STARTED": JobStatus.QUEUED,
    "MANAGED": JobStatus.QUEUED,
    "STARTING": JobStatus.QUEUED,
    "STARTED": JobStatus.RUNNING,
    "CANCELING": JobStatus.RUNNING,
    "SUCCESS": JobStatus.SUCCEEDED,
    "FAILURE": JobStatus.FAILED,
    "CANCELED": JobStatus.CANCELLED,
}


_LOADING = "it is being loaded."
_LOST_CODE_SERVER = "DagsterUserCodeUnreachableError"
_LOST_DATABASE = ("psycopg2.OperationalError", "psycopg2.InterfaceError")


class GraphqlDagster(Dagster):
    """The webserver at an address.

    Args:
        url: Its address, such as `http://127.0.0.1:3000`.
        client: Who carries the questions; closed by its owner.
        clock: Seconds since the epoch.
    """

    def __init__(self, url: str, client: httpx2.AsyncClient, clock: Callable[[], float] = time.time) -> None:
        self._url = url.rstrip("/")
        self._client = client
        self._clock = clock

    async def add_session(self, session_id: str) -> None:
        """Make a session a partition; see `Dagster`."""
        answer = await self._ask(
            questions.ADD_PARTITION, repository=_REPOSITORY, name=SESSIONS, key=session_id
        )
        if answer["__typename"] not in ("AddDynamicPartitionSuccess", "DuplicateDynamicPartitionError"):
            raise await self._refused(answer)

    async def launch(self, job_name: str, session_id: str, tags: Mapping[str, str]) -> str:
        """Launch a job for a session; see `Dagster`."""
        every = {"dagster/partition": session_id, SESSION_TAG: session_id, **tags}
        answer = await self._ask(
            questions.LAUNCH,
            params={
                "selector": {**_REPOSITORY, "jobName": job_name},
                "runConfigData": {},
                "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in every.items()]},
            },
        )
        return await self._launched(answer)

    async def run(self, run_id: str) -> DagsterRun | None:
        """A run, if Dagster knows it; see `Dagster`."""
        found = await self._run(questions.RUN, run_id)
        if found is not None and found["status"] == "FAILURE":
            found = await self._run(questions.WHY, run_id)  # its log is long, and is asked for but once
        return _run(found) if found else None

    async def _run(self, question: str, run_id: str) -> Mapping[str, Any] | None:
        answer = await self._ask(question, id=run_id)
        if answer["__typename"] == "RunNotFoundError":
            return None
        if answer["__typename"] != "Run":
            raise await self._refused(answer)
        return answer

    async def run_with_tag(self, key: str, value: str) -> DagsterRun | None:
        """The newest run with that tag."""
        answer = await self._ask(questions.RUNS, filter={"tags": [{"key": key, "value": value}]})
        if answer["__typename"] != "Runs":
            raise await self._refused(answer)
        return next((_run(one) for one in answer["results"]), None)

    async def cancel(self, run_id: str) -> None:
        """Ask a run to stop; see `Dagster`."""
        answer = await self._ask(questions.CANCEL, id=run_id)
        if answer["__typename"] == "TerminateRunSuccess":
            return
        if answer["__typename"] == "RunNotFoundError":
            raise _no_such_run(run_id)
        now = await self.run(run_id)  # one that has ended meanwhile cannot be stopped, and need not be
        if now is None or now.status in (JobStatus.QUEUED, JobStatus.RUNNING):
            raise await self._refused(answer)

    async def run_again(self, run_id: str) -> str:
        """Launch a failed run again from where it failed; see `Dagster`."""
        if await self.run(run_id) is None:
            raise _no_such_run(run_id)
        params = {"parentRunId": run_id, "strategy": "FROM_FAILURE"}
        return await self._launched(await self._ask(questions.RUN_AGAIN, params=params))

    async def tell_etl_completed(self, session_id: str, told_by: str) -> None:
        """Tell that the ETL of a session has run."""
        event = {
            "eventType": "ASSET_MATERIALIZATION",
            "assetKey": {"path": list(ETL)},
            "partitionKeys": [session_id],
            "description": f"Told by {told_by}.",
        }
        answer = await self._ask(questions.TELL, params=event)
        if answer["__typename"] != "ReportRunlessAssetEventsSuccess":
            raise await self._refused(answer)

    async def health(self) -> DagsterHealth:
        """Whether runs can be launched, and will be."""
        answer = await self._ask_all(questions.HEALTH)
        location = answer["workspaceLocationEntryOrError"]
        daemons = answer["instance"]["daemonHealth"]["allDaemonStatuses"]
        beats = [one["lastHeartbeatTime"] for one in daemons if one["daemonType"] == "QUEUED_RUN_COORDINATOR"]
        beat = max((one for one in beats if one is not None), default=None)
        return DagsterHealth(
            location_problem=_location_problem(location),
            heartbeat_age_s=None if beat is None else max(0.0, self._clock() - beat),
        )

    async def _launched(self, answer: Mapping[str, Any]) -> str:
        if answer["__typename"] != "LaunchRunSuccess":
            raise await self._refused(answer)
        run_id: str = answer["run"]["runId"]
        return run_id

    async def _refused(self, answer: Mapping[str, Any]) -> LaunchError:
        """Why Dagster does not do it: an unloaded pipeline hides behind other words of its own."""
        words = answer.get("message") or "; ".join(one["message"] for one in answer.get("errors", ()))
        if _LOST_CODE_SERVER in words:
            return self._unavailable("has lost the pipeline, and looks for it")
        self._require_database(words)
        problem = (await self.health()).location_problem
        if problem == _LOADING:
            return self._unavailable("is loading the pipeline")
        if problem is not None:
            return LaunchError(
                f"Dagster could not load the pipeline: {problem}", ("Ask whoever runs Dagster to mend it.",)
            )
        first = next(iter(words.splitlines()), "") or answer["__typename"]
        return LaunchError(f"Dagster refused: {first.rstrip('.')}.", context={"reason": answer["__typename"]})

    def _require_database(self, words: str) -> None:
        if any(lost in words for lost in _LOST_DATABASE):
            raise self._unavailable("does not reach its database")

    def _unavailable(self, what: str) -> DagsterUnavailableError:
        return DagsterUnavailableError(
            f"Dagster's webserver at {self._url} {what}.",
            ("Start it with `smoke up`, or wait until it is back.",),
            {"url": self._url},
        )

    async def _ask(self, question: str, **variables: Any) -> Mapping[str, Any]:
        """The one answer of a question that has one."""
        answers = await self._ask_all(question, **variables)
        answer: Mapping[str, Any] = next(iter(answers.values()))
        return answer

    async def _ask_all(self, question: str, **variables: Any) -> Mapping[str, Any]:
        try:
            answer = await self._client.post(
                f"{self._url}/graphql",
                json={"query": question, "variables": variables},
                timeout=TIMEOUT_S,
            )
            found: Mapping[str, Any] = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise self._unavailable("does not answer") from error
        if found.get("errors"):
            self._require_database(found["errors"][0]["message"])
            raise LaunchError(f"Dagster does not understand the question: {found['errors'][0]['message']}")
        data: Mapping[str, Any] = found["data"]
        return data


def _run(found: Mapping[str, Any]) -> DagsterRun:
    return DagsterRun(run_id=found["runId"], status=_STATUS[found["status"]], problem=_problem(found))


def _problem(found: Mapping[str, Any]) -> str | None:
    """The first line of the last thing that went wrong."""
    told = [one for one in (found.get("eventConnection") or {}).get("events", ()) if one]
    errors = [one.get("error") or one for one in told]
    words = [(error.get("causes") or [error])[-1].get("message", "") for error in errors]
    return next((text.strip().splitlines()[0] for text in reversed(words) if text.strip()), None)


def _no_such_run(run_id: str) -> RunNotFoundError:
    return RunNotFoundError(f"Dagster knows no run {run_id!r}.", context={"run_id": run_id})


def _location_problem(entry: Mapping[str, Any] | None) -> str | None:
    """Why the pipeline is not loaded, in one line."""
    if not entry or entry["__typename"] != "WorkspaceLocationEntry":
        return f"there is no code location {LOCATION!r}."
    outcome = entry["locationOrLoadError"]
    if outcome is None or entry["loadStatus"] == "LOADING":
        return _LOADING
    if outcome["__typename"] == "PythonError":
        return next(iter(outcome["message"].strip().splitlines()), "it cannot be imported.")
    return None

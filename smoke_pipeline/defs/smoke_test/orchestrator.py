"""Dagster's instance as the keeping of sessions asks it."""

import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
from dagster._core.storage.tags import GRPC_INFO_TAG, PARTITION_NAME_TAG
from dagster._grpc.client import DagsterGrpcClient
from dagster._grpc.types import GetCurrentRunsResult
from dagster._serdes import deserialize_value

from smoke_pipeline.defs.partitions import smoke_sessions
from smoke_pipeline.defs.worker import PROCESS_TAG, is_gone
from smoke_pipeline.history.records import JobStatus
from smoke_pipeline.smoke_test.keeping.orchestrator import Orchestrator, SeenRun
from smoke_pipeline.smoke_test.pipeline_names import JOB_TAG, SESSION_TAG

_STATUS: Mapping[dg.DagsterRunStatus, JobStatus] = {
    dg.DagsterRunStatus.STARTED: JobStatus.RUNNING,
    dg.DagsterRunStatus.CANCELING: JobStatus.RUNNING,
    dg.DagsterRunStatus.SUCCESS: JobStatus.SUCCEEDED,
    dg.DagsterRunStatus.FAILURE: JobStatus.FAILED,
    dg.DagsterRunStatus.CANCELED: JobStatus.CANCELLED,
}
"""Every other status is that of a run that has not begun."""

_ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
_PARTITIONS = str(smoke_sessions.name)
BEGIN_TIMEOUT_S = 120
"""So long a run may take to be queued, and from its start to its first step, which names its process."""


class DagsterOrchestrator(Orchestrator):
    """Runs and partitions of an open instance.

    Args:
        instance: Dagster's.
        clock: Seconds since the epoch.
    """

    def __init__(self, instance: dg.DagsterInstance, clock: Callable[[], float] = time.time) -> None:
        self._instance = instance
        self._clock = clock

    def run(self, run_id: str) -> SeenRun | None:
        """A run, if there is one of that id."""
        run = self._instance.get_run_by_id(run_id)
        return seen(run) if run else None

    def unfinished(self) -> Sequence[SeenRun]:
        """The runs of sessions that have not ended, the newest first."""
        return [found for one in self._unfinished() if (found := seen(one.dagster_run)).session_id]

    def bury(self) -> Sequence[SeenRun]:
        """Mark the runs failed whose process is gone without a word; those runs."""
        dead = [one.dagster_run for one in self._unfinished() if _is_dead(one, self._clock())]
        for run in dead:
            self._instance.report_run_failed(run, "The process of this run is gone.")
        return [found for run in dead if (found := self.run(run.run_id))]

    def stop(self, run_id: str) -> bool:
        """Ask a run to end; whether somebody could be asked."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or (run.status is dg.DagsterRunStatus.STARTED and GRPC_INFO_TAG not in run.tags):
            return False  # the command line carries it out, and hears of the end with its next progress
        try:
            return self._instance.run_coordinator.cancel_run(run_id)
        except Exception:  # noqa: BLE001 - the face: whatever a server in between says, the run was asked
            return False

    def partitions(self) -> Collection[str]:
        """The sessions that have a partition."""
        return self._instance.get_dynamic_partitions(_PARTITIONS)

    def sessions_with_runs(self) -> Collection[str]:
        """The sessions that runs belong to."""
        found = self._instance.get_run_tags(tag_keys=[SESSION_TAG])
        return {session_id for _, values in found for session_id in values}

    def add_partition(self, session_id: str) -> None:
        """Give a session its partition, unless it has one."""
        self._instance.add_dynamic_partitions(_PARTITIONS, [session_id])

    def forget(self, session_id: str) -> None:
        """Delete the partition and the runs of a session; nothing happens if there are none."""
        for tag in (SESSION_TAG, PARTITION_NAME_TAG):
            for run in self._instance.get_runs(dg.RunsFilter(tags={tag: session_id})):
                self._instance.delete_run(run.run_id)
        self._instance.delete_dynamic_partition(_PARTITIONS, session_id)

    def _unfinished(self) -> Iterator[dg.RunRecord]:
        open_states = [status for status in dg.DagsterRunStatus if status not in _ENDED]
        yield from self._instance.get_run_records(dg.RunsFilter(statuses=open_states))


def seen(run: dg.DagsterRun) -> SeenRun:
    """The run without what only Dagster understands."""
    return SeenRun(
        run_id=run.run_id,
        job_name=run.job_name,
        session_id=run.tags.get(SESSION_TAG) or run.tags.get(PARTITION_NAME_TAG),
        job_id=run.tags.get(JOB_TAG),
        status=_STATUS.get(run.status, JobStatus.QUEUED),
    )


def _is_dead(record: dg.RunRecord, now: float) -> bool:
    """Whether the process that worked on the run is gone, and nobody is left to say so."""
    run = record.dagster_run
    if run.status is dg.DagsterRunStatus.NOT_STARTED:  # the webserver was killed before it queued the run
        return now - record.create_timestamp.timestamp() >= BEGIN_TIMEOUT_S
    process, server = run.tags.get(PROCESS_TAG), run.tags.get(GRPC_INFO_TAG)
    if process is None and (server is None or not _is_late(record, now)):
        return False
    if process is not None and not is_gone(process):
        return False
    return server is None or not _watches(json.loads(server), run.run_id)


def _is_late(record: dg.RunRecord, now: float) -> bool:
    """Whether a run has started, and its first step should have begun since."""
    return record.start_time is not None and now - record.start_time >= BEGIN_TIMEOUT_S


def _watches(server: Mapping[str, Any], run_id: str) -> bool:
    """Whether the code server that started a run's process knows of it still; it tells of its end by itself.

    A later one may answer at the same place, and knows nothing of the run.
    """
    try:
        place = {name: server[name] for name in ("port", "socket", "host") if server.get(name)}
        answer = DagsterGrpcClient(**place).get_current_runs()
    except Exception:  # noqa: BLE001 - the face: however it does not answer, it is not there
        return False
    return run_id in deserialize_value(answer, GetCurrentRunsResult).current_runs

"""Runs that somebody asks for: launched once, looked at until they end, and never believed without evidence.

A row is written before the run is launched and carries its id as a tag, so that a launcher that is killed
between the two finds the run again when somebody asks for it.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from anyio.to_thread import run_sync

from smoke_pipeline.errors import DagsterUnavailableError, LaunchError
from smoke_pipeline.history.records import JobStatus
from smoke_pipeline.history.runs.records import JobRecord, JobRequest, RunProgress
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline.launcher.dagster.base import Dagster, DagsterRun
from smoke_pipeline.smoke_test.keeping.endings import Ending, ending_of, write_ending
from smoke_pipeline.smoke_test.keeping.orchestrator import SeenRun
from smoke_pipeline.smoke_test.pipeline_names import JOB_TAG, trace_tags
from smoke_pipeline.smoke_test.surroundings import Surroundings
from smoke_pipeline.smoke_test.turns.reading import reading_tags

LOOK_EVERY_S = 0.4
"""How often Dagster is asked while somebody waits."""
POLL_AFTER_S = 3
FRESH_S = 0.3
"""For so long an answer of Dagster's serves everybody who asks for the same run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenJob:
    """A job as it is now."""

    job: JobRecord
    state: JobStatus
    progress: RunProgress | None = None
    note: str | None = None
    """What a person should know while it goes on."""
    failure: Mapping[str, Any] | None = None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state not in (JobStatus.QUEUED, JobStatus.RUNNING)

    @property
    def percent(self) -> float | None:
        """0 to 100, where the whole is known."""
        told = self.progress
        if self.state is JobStatus.SUCCEEDED:
            return 100.0
        if told is None:
            return None
        for done, total in ((told.rows_done, told.rows_total), (told.bytes_done, told.bytes_total)):
            if done is not None and total:
                return round(min(100.0, 100 * done / total), 1)
        return None


class Jobs:
    """Launches and looks after runs.

    Args:
        around: Where the sessions are.
        store: Where the jobs are written down.
        dagster: Who carries them out.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        around: Surroundings,
        store: Runs,
        dagster: Dagster,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._around = around
        self._store = store
        self._dagster = dagster
        self._clock = clock
        self._launching: dict[str, asyncio.Lock] = {}
        self._asked: dict[str, tuple[float, DagsterRun | None]] = {}

    async def start(self, asked: JobRequest) -> SeenJob:
        """Launch a run, unless the same request was made before.

        Raises:
            LaunchError: Dagster refuses, or does not answer.
            HistoryError: It cannot be written down.
        """
        job = await run_sync(self._store.request, asked)
        lock = self._launching.setdefault(job.job_id, asyncio.Lock())
        try:
            async with lock:
                job = await run_sync(self._store.job, job.job_id)
                if job.run_id is None and not job.has_ended:
                    job = await self._launched(job)
        finally:
            self._launching.pop(job.job_id, None)
        return SeenJob(job=job, state=job.status)

    async def requested_before(self, client_id: str, idempotency_key: str | None) -> JobRecord | None:
        """The job that a client asked for under a key."""
        if idempotency_key is None:
            return None
        return await run_sync(self._store.of_key, client_id, idempotency_key)

    async def look(self, job_id: str) -> SeenJob:
        """A job as it is now.

        Raises:
            RunNotFoundError: There is no such job.
            HistoryError: The history does not answer.
        """
        job = await run_sync(self._store.job, job_id)
        if job.has_ended:
            return SeenJob(job=job, state=job.status, failure=job.failure)
        try:
            return await self._seen(job)
        except DagsterUnavailableError as error:
            return SeenJob(job=job, state=job.status, note=f"{error.message} The run goes on without it.")

    async def wait(self, job_id: str, seconds: float, told: Callable[[SeenJob], Any]) -> SeenJob:
        """A job as it is once it has ended or moved for `seconds`; whoever waits is told on the way."""
        end = self._clock() + seconds
        while True:
            seen = await self.look(job_id)
            if seen.has_ended or self._clock() >= end:
                return seen
            await told(seen)
            await asyncio.sleep(min(LOOK_EVERY_S, max(0.0, end - self._clock())))

    async def cancel(self, job_id: str) -> SeenJob:
        """Ask a run to stop; one that has ended stays as it ended.

        Raises:
            RunNotFoundError: There is no such job.
            LaunchError: Dagster refuses, or does not answer.
        """
        seen = await self.look(job_id)
        if seen.has_ended:
            return seen
        run = await self._run_of(seen.job)
        if run is not None:
            await self._dagster.cancel(run.run_id)
        else:
            await run_sync(self._store.settle, job_id, JobStatus.CANCELLED)
        self._asked.clear()
        return await self.look(job_id)

    async def _launched(self, job: JobRecord) -> JobRecord:
        session_id = str(job.session_id)
        try:
            await self._dagster.add_session(session_id)
            run = await self._dagster.run_with_tag(JOB_TAG, job.job_id)
            run_id = run.run_id if run else None
            if run_id is None:
                reads = await run_sync(reading_tags, session_id, job.job_name, self._around)
                tags = {JOB_TAG: job.job_id, **reads, **trace_tags()}
                run_id = await self._dagster.launch(job.job_name, session_id, tags)
        except DagsterUnavailableError:
            raise  # it stays wanted: the same request may succeed later
        except LaunchError as error:
            await run_sync(self._store.settle, job.job_id, JobStatus.FAILED, error.to_dict())
            raise
        return await run_sync(self._store.attach, job.job_id, run_id)

    async def _seen(self, job: JobRecord) -> SeenJob:
        run = await self._run_of(job)
        ending = await run_sync(ending_of, job, _as_seen(job, run) if run else None, self._around)
        if ending is not None:
            return await self._ended(job, ending)
        if run is None:
            return SeenJob(job=job, state=JobStatus.QUEUED)
        if run.status is JobStatus.QUEUED:
            problem = (await self._dagster.health()).problem
            return SeenJob(job=job, state=run.status, note=problem)
        progress = await run_sync(self._store.progress, str(job.session_id))
        is_its_own = progress is not None and progress.run_id in (None, run.run_id)
        return SeenJob(job=job, state=run.status, progress=progress if is_its_own else None)

    async def _run_of(self, job: JobRecord) -> DagsterRun | None:
        """The job's run, found by its tag where the launcher was killed before it could be written down."""
        if job.run_id is None:
            found = await self._dagster.run_with_tag(JOB_TAG, job.job_id)
            if found is not None:
                await run_sync(self._store.attach, job.job_id, found.run_id)
            return found
        at, run = self._asked.get(job.run_id, (-FRESH_S, None))
        if self._clock() - at >= FRESH_S:
            run = await self._dagster.run(job.run_id)
            now = self._clock()
            self._asked = {key: kept for key, kept in self._asked.items() if now - kept[0] < FRESH_S}
            self._asked[job.run_id] = (now, run)
        return run

    async def _ended(self, job: JobRecord, ending: Ending) -> SeenJob:
        """Write down how a job ended."""
        await run_sync(write_ending, job, ending, self._around, self._store)
        kept = await run_sync(self._store.job, job.job_id)
        return SeenJob(job=kept, state=kept.status, failure=kept.failure)


def _as_seen(job: JobRecord, run: DagsterRun) -> SeenRun:
    return SeenRun(
        run_id=run.run_id,
        job_name=job.job_name,
        session_id=job.session_id,
        job_id=job.job_id,
        status=run.status,
        problem=run.problem,
    )

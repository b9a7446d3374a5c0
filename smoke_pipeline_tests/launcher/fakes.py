"""A Dagster that carries out runs here and now, with the real steps, and can be told to be unwell."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from smoke_pipeline.errors import DagsterUnavailableError, LaunchError, RunNotFoundError, SmokePipelineError
from smoke_pipeline.history.records import JobStatus
from smoke_pipeline.launcher.dagster.base import Dagster, DagsterHealth, DagsterRun
from smoke_pipeline.smoke_test import steps
from smoke_pipeline.smoke_test.surroundings import Surroundings
from smoke_pipeline.snapshots.manifest import Side

Work = Callable[[str, Surroundings], object]

WORK: Mapping[str, tuple[Work, ...]] = {
    "take_source": (lambda session_id, around: steps.snapshot_side(session_id, Side.SOURCE, around),),
    "take_target": (lambda session_id, around: steps.snapshot_side(session_id, Side.TARGET, around),),
    "compare": (steps.compare_and_record, steps.publish_report),
}
JOBS = {**WORK, "verify": (*WORK["take_target"], *WORK["compare"])}


@dataclass(kw_only=True)
class FakeRun:
    """A run of the fake."""

    job_name: str
    session_id: str
    tags: Mapping[str, str]
    seen: DagsterRun
    work: asyncio.Task[None] | None = None


@dataclass
class FakeDagster(Dagster):
    """Runs the steps of a session in threads of this process."""

    around: Surroundings
    is_there: bool = True
    daemon_is_awake: bool = True
    location_problem: str | None = None
    partitions: set[str] = field(default_factory=set)
    etl_told: list[tuple[str, str]] = field(default_factory=list)
    runs: dict[str, FakeRun] = field(default_factory=dict)

    async def add_session(self, session_id: str) -> None:
        self._answers()
        self.partitions.add(session_id)

    async def launch(self, job_name: str, session_id: str, tags: Mapping[str, str]) -> str:
        self._answers()
        if job_name not in JOBS:
            raise LaunchError(f"Dagster refused: there is no job {job_name}.")
        run_id = f"run-{len(self.runs) + 1}"
        seen = DagsterRun(run_id=run_id, status=JobStatus.QUEUED)
        run = self.runs[run_id] = FakeRun(job_name=job_name, session_id=session_id, tags=tags, seen=seen)
        if self.daemon_is_awake:
            run.work = asyncio.create_task(self._carry_out(run))
        return run_id

    async def run(self, run_id: str) -> DagsterRun | None:
        self._answers()
        return self.runs[run_id].seen if run_id in self.runs else None

    async def run_with_tag(self, key: str, value: str) -> DagsterRun | None:
        self._answers()
        found = [run.seen for run in self.runs.values() if run.tags.get(key) == value]
        return found[-1] if found else None

    async def cancel(self, run_id: str) -> None:
        self._answers()
        if run_id not in self.runs:
            raise RunNotFoundError(f"Dagster knows no run {run_id!r}.")
        run = self.runs[run_id]
        if run.seen.status in (JobStatus.QUEUED, JobStatus.RUNNING):
            if run.work:
                run.work.cancel()
            self._set(run, JobStatus.CANCELLED)

    async def run_again(self, run_id: str) -> str:
        if run_id not in self.runs:
            raise RunNotFoundError(f"Dagster knows no run {run_id!r}.")
        run = self.runs[run_id]
        return await self.launch(run.job_name, run.session_id, run.tags)

    async def tell_etl_completed(self, session_id: str, told_by: str) -> None:
        self._answers()
        self.etl_told.append((session_id, told_by))

    async def health(self) -> DagsterHealth:
        self._answers()
        return DagsterHealth(
            location_problem=self.location_problem, heartbeat_age_s=1.0 if self.daemon_is_awake else 600.0
        )

    async def _carry_out(self, run: FakeRun) -> None:
        self._set(run, JobStatus.RUNNING)
        try:
            for work in JOBS[run.job_name]:
                await asyncio.to_thread(work, run.session_id, self.around)
        except SmokePipelineError as error:
            await asyncio.to_thread(steps.fail_session, run.session_id, error, self.around)
            self._set(run, JobStatus.FAILED, str(error))
        else:
            self._set(run, JobStatus.SUCCEEDED)

    def _set(self, run: FakeRun, status: JobStatus, problem: str | None = None) -> None:
        run.seen = replace(run.seen, status=status, problem=problem)

    def _answers(self) -> None:
        if not self.is_there:
            raise DagsterUnavailableError("Dagster's webserver does not answer.")
        if self.location_problem:
            raise LaunchError(f"Dagster could not load the pipeline: {self.location_problem}")

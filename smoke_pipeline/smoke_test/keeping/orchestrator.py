"""What is asked of Dagster; a face brings the real one."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from smoke_pipeline.history.records import JobStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRun:
    """A run as Dagster knows it."""

    run_id: str
    job_name: str
    session_id: str | None
    job_id: str | None = None
    """The row of `jobs` that it was launched for, where there is one."""
    status: JobStatus
    problem: str | None = None
    """Why it failed, in Dagster's words, where somebody asked."""


class Orchestrator(ABC):
    """Runs and partitions of sessions."""

    @abstractmethod
    def run(self, run_id: str) -> SeenRun | None:
        """A run, if there is one of that id."""

    @abstractmethod
    def unfinished(self) -> Sequence[SeenRun]:
        """The runs of sessions that have not ended, the newest first."""

    @abstractmethod
    def bury(self) -> Sequence[SeenRun]:
        """Mark the runs failed whose process is gone without a word; those runs."""

    @abstractmethod
    def stop(self, run_id: str) -> bool:
        """Ask a run to end; whether somebody could be asked."""

    @abstractmethod
    def partitions(self) -> Collection[str]:
        """The sessions that have a partition."""

    @abstractmethod
    def sessions_with_runs(self) -> Collection[str]:
        """The sessions that runs belong to."""

    @abstractmethod
    def add_partition(self, session_id: str) -> None:
        """Give a session its partition, unless it has one."""

    @abstractmethod
    def forget(self, session_id: str) -> None:
        """Delete the partition and the runs of a session; nothing happens if there are none."""

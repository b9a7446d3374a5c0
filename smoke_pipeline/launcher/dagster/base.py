"""What the launcher asks of Dagster; the real one and the tests' fake keep the same promises."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from smoke_pipeline.history.records import JobStatus

HEARTBEAT_TOO_OLD_S = 90.0
"""A daemon that was not heard of for so long sleeps, whatever Dagster says of its health."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DagsterRun:
    """A run as Dagster knows it."""

    run_id: str
    status: JobStatus
    problem: str | None = None
    """Why it failed, in Dagster's words; None where it did not, or did not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DagsterHealth:
    """Whether runs can be launched, and will be."""

    location_problem: str | None = None
    """Why the pipeline could not be loaded; None where it is."""
    heartbeat_age_s: float | None = None
    """How long ago the daemon that starts runs was heard of; None where it never was."""

    @property
    def daemon_sleeps(self) -> bool:
        """Whether runs that are asked for will wait for a daemon."""
        return self.heartbeat_age_s is None or self.heartbeat_age_s > HEARTBEAT_TOO_OLD_S

    @property
    def problem(self) -> str | None:
        """What is wrong, as a sentence; None where all is well."""
        if self.location_problem is not None:
            return f"Dagster could not load the pipeline: {self.location_problem}"
        if self.daemon_sleeps:
            return "Dagster's daemon sleeps, so that runs wait in the queue."
        return None


class Dagster(ABC):
    """Dagster's webserver.

    Every method raises `DagsterUnavailableError` where the webserver does not answer, and `LaunchError` where
    it refuses.
    """

    @abstractmethod
    async def add_session(self, session_id: str) -> None:
        """Make a session a partition; nothing happens if it is one."""

    @abstractmethod
    async def launch(self, job_name: str, session_id: str, tags: Mapping[str, str]) -> str:
        """Launch a job for a session; the run's id."""

    @abstractmethod
    async def run(self, run_id: str) -> DagsterRun | None:
        """A run, if Dagster knows it."""

    @abstractmethod
    async def run_with_tag(self, key: str, value: str) -> DagsterRun | None:
        """The newest run with that tag."""

    @abstractmethod
    async def cancel(self, run_id: str) -> None:
        """Ask a run to stop; nothing happens if it has ended.

        Raises:
            RunNotFoundError: Dagster knows no such run.
        """

    @abstractmethod
    async def run_again(self, run_id: str) -> str:
        """Launch a failed run again from where it failed; the new run's id.

        Raises:
            RunNotFoundError: Dagster knows no such run.
        """

    @abstractmethod
    async def tell_etl_completed(self, session_id: str, told_by: str) -> None:
        """Tell that the ETL of a session has run."""

    @abstractmethod
    async def health(self) -> DagsterHealth:
        """Whether runs can be launched, and will be."""

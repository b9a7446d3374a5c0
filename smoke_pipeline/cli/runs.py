"""Runs of Dagster's jobs in this very process, written down where Dagster's page shows them.

The one module of the command line that imports the pipeline.
"""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
import dagster as dg
from dagster._core.instance.ref import InstanceRef

from smoke_pipeline.cli.access.gate import note_session
from smoke_pipeline.cli.progress import progress_line
from smoke_pipeline.cli.services.home import dagster_home
from smoke_pipeline.definitions import build_definitions
from smoke_pipeline.defs.failures import STOPPED
from smoke_pipeline.defs.partitions import smoke_sessions
from smoke_pipeline.defs.resources import SmokeResource
from smoke_pipeline.defs.signals.reporting import report
from smoke_pipeline.defs.smoke_test.orchestrator import DagsterOrchestrator
from smoke_pipeline.defs.smoke_test.order import Then, order_of
from smoke_pipeline.defs.storage import KeptConnections
from smoke_pipeline.defs.told import told_run
from smoke_pipeline.errors import HistoryError
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline.history.server.urls import dagster_url
from smoke_pipeline.history.sharing import postgres
from smoke_pipeline.readers.base import OnProgress, Progress
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.settings.traces.sending import trace_to
from smoke_pipeline.settings.traces.spans import span
from smoke_pipeline.smoke_test.keeping.settling import settle_session
from smoke_pipeline.smoke_test.pipeline_names import SESSION_TAG, trace_tags
from smoke_pipeline.smoke_test.signals.events import EtlEvent
from smoke_pipeline.smoke_test.spec import SessionSpec
from smoke_pipeline.smoke_test.surroundings import open_surroundings
from smoke_pipeline.smoke_test.turns.reading import reading_tags

QUIET: dict[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The pipeline over an open Dagster instance."""

    instance: dg.DagsterInstance
    settings: Settings

    @property
    def orchestrator(self) -> DagsterOrchestrator:
        """Dagster as the keeping of sessions asks it."""
        return DagsterOrchestrator(self.instance)

    def start(self, spec: SessionSpec) -> str:
        """Start a session; its id.

        Raises:
            SmokePipelineError: The session is refused.
        """
        result = self._execute(
            "start_session",
            run_config=dg.RunConfig(ops={"session": order_of(spec, Then.nothing)}, loggers=QUIET["loggers"]),
        )
        session_id = result.output_for_node("session")
        assert isinstance(session_id, str)  # noqa: S101 - the op says so
        note_session(session_id, spec.preset)
        return session_id

    def run(self, job: str, session_id: str) -> None:
        """Run an asset job for a session.

        Raises:
            SmokePipelineError: A step stopped.
        """
        # Lost where the command that started the session was killed.
        self.orchestrator.add_partition(session_id)
        try:
            tags = {SESSION_TAG: session_id, **self._reading(session_id, job)}
            self._execute(job, run_config=QUIET, partition_key=session_id, tags=tags)
        finally:
            self._settle(session_id)

    def _reading(self, session_id: str, job: str) -> dict[str, str]:
        """What the run reads from, for runs in the queue to know."""
        with open_surroundings(self.settings) as around:
            return reading_tags(session_id, job, around)

    def _settle(self, session_id: str) -> None:
        """Write down how the session's runs ended; no daemon may be there to do it."""
        with suppress(HistoryError), open_surroundings(self.settings) as around:
            if around.database is not None:
                settle_session(session_id, around, Runs(around.database), self.orchestrator)

    def report_etl_completed(self, session_id: str) -> None:
        """Tell that the ETL of the session has run."""
        event = EtlEvent(session_id=session_id, event=f"command:{uuid4().hex}", told_by="smoke continue")
        report(self.instance, event, is_carried_out=True)

    def _execute(
        self, job: str, tags: dict[str, str] | None = None, **options: Any
    ) -> dg.ExecuteInProcessResult:
        with progress_line() as line:
            job_def, run_id = build_definitions({"smoke": _watched(line)}).resolve_job_def(job), str(uuid4())
            tags = {**(tags or {}), **trace_tags()}
            try:
                return job_def.execute_in_process(instance=self.instance, run_id=run_id, tags=tags, **options)
            except dg.Failure as failure:
                if isinstance(failure.__cause__, STOPPED):
                    raise KeyboardInterrupt from None
                # What the step raised, without what Dagster put around it.
                raise failure.__cause__ or failure from None
            finally:
                told_run(run_id, self.instance, self.settings)


def _watched(line: OnProgress | None) -> SmokeResource:
    """The resource of a run that a person waits for; its log is told as always."""

    class Watched(SmokeResource):
        def listener(self, log: dg.DagsterLogManager, keep: OnProgress | None = None) -> OnProgress:
            to_log = super().listener(log, keep)

            def tell(progress: Progress) -> None:
                to_log(progress)
                if line is not None:
                    line(progress)

            return tell

    return Watched()


def open_instance(home: Path, postgres_url: str) -> dg.DagsterInstance:
    """Dagster's instance, its tables made; close it after use."""
    storage = {
        "custom": {
            "module": KeptConnections.__module__,
            "class": KeptConnections.__name__,
            "config": {"postgres_url": dagster_url(postgres_url)},
        }
    }
    with (home / "instance.lock").open("a") as lock:
        # Dagster makes a table when it is first asked for, and complains where two processes do so at once.
        fcntl.flock(lock, fcntl.LOCK_EX)
        instance = dg.DagsterInstance.from_ref(
            InstanceRef.from_dir(str(home), overrides={"storage": storage})
        )
        instance.get_runs(limit=1)
        instance.get_dynamic_partitions(str(smoke_sessions.name))
        instance.all_instigator_state()
    return instance


def add_sessions(instance: dg.DagsterInstance, session_ids: Sequence[str]) -> None:
    """Let Dagster know sessions that were not started by it."""
    instance.add_dynamic_partitions(str(smoke_sessions.name), list(session_ids))


def dagster_tables(instance: dg.DagsterInstance) -> tuple[str, str]:
    """The revision of Dagster's tables, and the one that the installed version works with."""
    found, wanted = instance.run_storage.alembic_version() or (None, None)
    return str(found), str(wanted)


@contextmanager
def open_pipeline(settings: Settings) -> Iterator[Pipeline]:
    """The pipeline over the instance of this data folder, with PostgreSQL running until the block ends.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer.
        SettingsError: The data folder cannot be used.
    """
    trace_to(settings.telemetry)
    command = click.get_current_context(silent=True)
    with (
        span("command", command=command.command_path if command else None),
        postgres(settings) as url,
        open_instance(dagster_home(settings), url) as instance,
    ):
        yield Pipeline(instance=instance, settings=settings)

"""The history and Dagster's instance side by side, for commands that look after both."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from smoke_pipeline.errors import HistoryError
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.smoke_test.keeping.clean import Cleaning, logged
from smoke_pipeline.smoke_test.keeping.orchestrator import Orchestrator
from smoke_pipeline.smoke_test.surroundings import Surroundings, open_surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """Everything around sessions, and Dagster."""

    around: Surroundings
    database: Database
    orchestrator: Orchestrator

    @property
    def runs(self) -> Runs:
        """The jobs of sessions."""
        return Runs(self.database, self.around.now)

    def cleaning(self, tool_name: str) -> Cleaning:
        """What cleaning works with, under the name of the command in the log."""
        return Cleaning(
            around=self.around,
            database=self.database,
            orchestrator=self.orchestrator,
            on_deleted=logged(self.around, self.database, tool_name),
        )


@contextmanager
def open_both(settings: Settings | None = None) -> Iterator[Both]:
    """Open the history and Dagster's instance for as long as the block lasts.

    Raises:
        SettingsError: The settings cannot be used.
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    from smoke_pipeline.cli.runs import open_pipeline

    settings = settings or load_settings()
    with open_pipeline(settings) as pipeline, open_surroundings(settings) as around:
        if around.database is None:
            raise HistoryError("This history lies in memory and cannot be looked after.")
        yield Both(around=around, database=around.database, orchestrator=pipeline.orchestrator)

"""The history as a command asks it: the database, whose sessions may be seen, and the clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from smoke_pipeline.history.access.roles import LOCAL, Identity, Permission, denied
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.sharing import postgres
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.smoke_test.surroundings import open_surroundings, require_database


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks what."""

    database: Database
    data_folder: Path
    now: datetime
    identity: Identity = LOCAL

    @property
    def sees_reports_alone(self) -> bool:
        """Whether who asks sees completed sessions, everybody's, and no others."""
        sees_own = self.identity.may(Permission.SEE_OWN_SESSIONS)
        return not sees_own and self.identity.may(Permission.READ_ALL_REPORTS)

    def whose(self, client_id: str | None = None) -> str | None:
        """Whose sessions are shown where those of `client_id` are asked for, or all; None is everybody's.

        Raises:
            PermissionDeniedError: Those of somebody else are asked for, and may not be seen.
        """
        if self.sees_reports_alone:
            return client_id
        only = self.identity.sees_only_client
        if only is not None and client_id not in (None, only):
            raise denied(self.identity, Permission.SEE_ALL_SESSIONS, "see the sessions of others")
        return only or client_id


@contextmanager
def open_asking() -> Iterator[Asking]:
    """Open the history for as long as the block lasts.

    Raises:
        SettingsError: The settings cannot be used.
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    settings = load_settings()
    with postgres(settings), open_surroundings(settings) as around:
        yield Asking(
            database=require_database(around),
            data_folder=around.data_folder,
            now=around.now(),
            identity=around.identity,
        )

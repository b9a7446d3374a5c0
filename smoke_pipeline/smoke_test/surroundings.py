"""What the steps of a session work with: the settings, the folders, the history and the clock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from smoke_pipeline.errors import HistoryError
from smoke_pipeline.history.access.acting import acting
from smoke_pipeline.history.access.roles import LOCAL, Identity
from smoke_pipeline.history.base import History
from smoke_pipeline.history.database import Database, open_database, utc_now
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline.history.records import SessionRecord
from smoke_pipeline.report.masking.key import masker_of
from smoke_pipeline.report.masking.masker import Masker
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import ComparisonSettings, ReportSettings, Settings
from smoke_pipeline.settings.paths import data_folder
from smoke_pipeline.settings.presets import preset
from smoke_pipeline.smoke_test.places import Whereabouts
from smoke_pipeline.smoke_test.spec import SessionSpec

if TYPE_CHECKING:
    from smoke_pipeline.snapshots.storage import SnapshotStorage


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Everything around a session that is not the session."""

    history: History
    settings: Settings
    data_folder: Path
    now: Callable[[], datetime] = utc_now
    identity: Identity = field(default_factory=acting)
    """Who acts, and whose sessions are one's own."""
    database: Database | None = None
    """What the other rooms of the history work through; none where the history lies in memory."""

    @property
    def uploads(self) -> Path:
        """The folder of files that people handed in."""
        return self.data_folder / "uploads" / "incoming"

    def whereabouts(self, preset_name: str | None) -> Whereabouts:
        """What tells where the sides of a session of that preset lie."""
        return Whereabouts(settings=self.settings, uploads=self.uploads, preset_name=preset_name)

    def folder(self, session: SessionRecord) -> Path:
        """The folder of a session."""
        return self.data_folder / session.test_folder

    @property
    def snapshots(self) -> "SnapshotStorage":
        """Where the snapshots of sessions are kept.

        Raises:
            SettingsError: The settings name no store for them.
        """
        from smoke_pipeline.snapshots.bucket import snapshot_storage  # noqa: PLC0415 - slow

        return snapshot_storage(self.settings, self.data_folder)

    def comparison_settings(self, preset_name: str) -> ComparisonSettings:
        """The defaults of a comparison, as the preset changes them.

        Raises:
            UnknownPresetError: There is no preset of that name.
        """
        chosen = preset(self.settings, preset_name)
        changes = {"threshold": chosen.threshold, "memory": chosen.memory}
        return self.settings.comparison.model_copy(
            update={name: value for name, value in changes.items() if value is not None}
        )

    def masker(self, session: SessionRecord) -> Masker | None:
        """What masks the values of a session in everything that is written down; None for nothing.

        Raises:
            SettingsError: The key cannot be used.
            UnknownPresetError: There is no preset of its name any more.
        """
        return masker_of(self.settings, session.preset, self.data_folder)

    def report_settings(self, session: SessionRecord) -> ReportSettings:
        """The defaults of a report, as the session's order changes them."""
        formats = spec_of(session).formats
        changes = {} if formats is None else {"formats": formats}
        return self.settings.report.model_copy(update=changes)


def spec_of(session: SessionRecord) -> SessionSpec:
    """The session's whole order."""
    return SessionSpec.model_validate(session.spec)


def require_database(around: Surroundings) -> Database:
    """The database behind the history.

    Raises:
        HistoryError: The history lies in memory.
    """
    if around.database is None:
        raise HistoryError("This history lies in memory and cannot be asked.")
    return around.database


@contextmanager
def open_surroundings(
    settings: Settings | None = None, *, otherwise: Identity = LOCAL
) -> Iterator[Surroundings]:
    """Open the history, and close it again.

    Args:
        settings: Default: as the file and the environment say now.
        otherwise: Who acts, where no face has said who does.

    Raises:
        SettingsError: The settings cannot be used.
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    settings = settings or load_settings()
    with open_database(settings) as database:
        yield Surroundings(
            history=PostgresHistory(database),
            settings=settings,
            data_folder=data_folder(settings),
            database=database,
            identity=acting(otherwise),
        )

"""What a backup says of itself."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from smoke_pipeline.errors import HistoryError

MEMBER = "manifest.json"
FORMAT: Literal[1] = 1
"""Counted up when a member or a key changes its meaning."""
MOST_BYTES = 4 * 1024**2
"""A manifest is far smaller; more is none."""

_Name = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BackupTable(_Written):
    """A table as it was written."""

    name: str = _Name
    columns: tuple[str, ...]
    rows: int = Field(ge=0)
    size_bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")

    @property
    def member(self) -> str:
        """Where its rows lie in the zip."""
        return f"tables/{self.name}.copy"


class BackupSequence(_Written):
    """The last number that a table gave to a row."""

    table: str = _Name
    column: str = _Name
    last: int = Field(ge=1)


class BackupManifest(_Written):
    """A whole backup, its tables in an order in which they can be written."""

    format: Literal[1] = FORMAT
    revision: str = Field(pattern=r"^\w{1,32}$")
    """The revision of the tables."""
    with_keys: bool
    """Whether the digests of API keys are in it."""
    written_at: datetime
    tables: tuple[BackupTable, ...]
    sequences: tuple[BackupSequence, ...]

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables)


def read_manifest(content: bytes, place: str) -> BackupManifest:
    """The manifest in the bytes of its member.

    Raises:
        HistoryError: It is none.
    """
    try:
        return BackupManifest.model_validate_json(content)
    except ValidationError as error:
        raise no_backup(place) from error


def no_backup(place: str) -> HistoryError:
    """The error for a file that is no backup that this program wrote."""
    return HistoryError(
        f"{place} is not a backup of a history, or is damaged.",
        ("Name a file that `smoke db export` wrote.",),
    )

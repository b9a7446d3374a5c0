"""What a snapshot holds: the facts that travel with the rows."""

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from smoke_pipeline.readers.base import Dialect
from smoke_pipeline.readers.reading import Reading


class Side(StrEnum):
    """The data before, or the data after."""

    SOURCE = "source"
    TARGET = "target"

    @property
    def other(self) -> "Side":
        """The opposite side."""
        return Side.TARGET if self is Side.SOURCE else Side.SOURCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its name as read, and its Arrow type (a CSV's is always `string`)."""

    name: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotManifest:
    """The facts of one side: where it came from and what it was when it was read."""

    side: Side
    origin: str
    """Where the rows came from, as a person wrote it; never a secret."""
    format: str
    """`csv`, `parquet` or `table`."""
    compression: str | None = None
    """`gzip` or `zip`."""
    member: str | None = None
    """The member of the ZIP that was read."""
    rows: int
    columns: tuple[Column, ...]
    size_bytes: int
    """Size of the origin as it lay there."""
    sha256: str | None
    """Digest of the origin as it lay there; None where it was compared in place and nobody asked."""
    version: str | None = None
    """What the origin pins its content to: the ETag of an object, the SCN or snapshot of a database."""
    encoding: str | None = None
    dialect: Dialect | None = None
    empty_lines: int = 0
    """Lines with nothing on them, which were skipped."""
    reading: Reading | None = None
    """How a CSV was read, and what of it is no row."""
    taken_at: datetime | None = None
    """When the snapshot was taken, in UTC; None where files were compared in place."""
    seconds: float | None = None
    """How long that took."""

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names in file order."""
        return tuple(column.name for column in self.columns)

    def to_dict(self) -> dict[str, Any]:
        """The manifest as JSON holds it."""
        data = asdict(self)
        data["taken_at"] = self.taken_at.isoformat() if self.taken_at else None
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """The manifest that `to_dict` wrote.

        Raises:
            KeyError: A fact is missing.
            TypeError: A fact is unknown.
        """
        taken_at, dialect = data.get("taken_at"), data.get("dialect")
        reading = data.get("reading")
        return cls(
            **{
                **data,
                "side": Side(data["side"]),
                "columns": tuple(Column(**column) for column in data["columns"]),
                "dialect": Dialect(**dialect) if dialect else None,
                "reading": Reading.from_dict(reading) if reading else None,
                "taken_at": datetime.fromisoformat(taken_at) if taken_at else None,
            }
        )

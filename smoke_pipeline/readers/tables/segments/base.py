"""What a segment is, what is known of it, and a table that can be cut into segments."""

from abc import abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Self

from smoke_pipeline.readers.tables.rows import TableReader, too_many
from smoke_pipeline.readers.tables.segments.waiting import OnWait, nothing

MOST_SEGMENTS = 2**16
ROWS_OF_A_SEGMENT = 32
"""Rows that a segment is meant to hold, as long as there are not too many segments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """How a table is cut into segments, and what a checksum is taken of."""

    columns: tuple[str, ...]
    """The columns that are compared, in an order that is the same on both sides."""
    key: tuple[str, ...]
    """The columns whose values tell the segment of a row."""
    segments: int
    """Into how many; a power of two."""
    counts_keys: bool = False
    """Whether the different keys of each segment are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checksum:
    """What is known of the rows of one segment.

    Two segments of equal checksums hold the same rows: of each row 128 bits of a hash are added up, in two
    halves.
    """

    rows: int
    first: int
    """Sum of one half of the hash of every row."""
    second: int
    """Sum of the other half."""
    keys: int | None = None
    """How many different keys the rows have; None where nobody asked."""

    @property
    def repeats_keys(self) -> bool:
        """Whether a key stands, or may stand, on several rows."""
        return self.keys is not None and self.keys != self.rows


class SegmentedTable(TableReader):
    """A table, or a query, whose segments can be summed up and read; others share its transaction."""

    @abstractmethod
    def estimate(self) -> int:
        """How many rows the database thinks there are.

        Raises:
            ReadError: The database does not let us ask.
        """

    @abstractmethod
    def not_summed(self, columns: Collection[str]) -> str | None:
        """Why a checksum of these columns would not say all about their values; None where it does.

        Raises:
            ReadError: The database does not let us ask.
        """

    @abstractmethod
    def unique_keys(self) -> tuple[frozenset[str], ...]:
        """Sets of columns without NULL whose values no two rows share, the primary key first.

        Raises:
            ReadError: The database does not let us ask.
        """

    @abstractmethod
    def primary_key(self) -> tuple[str, ...]:
        """The columns of the primary key; () where there is none, or nobody can say.

        Raises:
            ReadError: The database does not let us ask.
        """

    @abstractmethod
    def checksums(self, cut: Cut, on_wait: OnWait = nothing) -> Mapping[int, Checksum]:
        """The number of every segment that has rows, and its checksum.

        Args:
            cut: What is summed up.
            on_wait: Called while the database works; an exception that it raises stops the database.

        Raises:
            ReadError: The database does not let us ask, or takes too long.
        """

    @abstractmethod
    def only(self, cut: Cut, segments: Collection[int]) -> Self:
        """The rows of some segments, at least one."""

    def require_rows(self, rows: int) -> None:
        """Refuse a table of more rows than the request allows.

        Raises:
            QueryRefusedError: It has more.
        """
        if self._max_rows is not None and rows > self._max_rows:
            raise too_many(self._table, self._max_rows)


def segments_for(rows: int) -> int:
    """Into how many segments so many rows are cut; a power of two."""
    wanted = max(1, min(MOST_SEGMENTS, rows // ROWS_OF_A_SEGMENT))
    return int(2 ** (wanted - 1).bit_length())


def numbers(segments: Collection[int]) -> str:
    """Numbers of segments as a list in SQL."""
    return ", ".join(str(int(number)) for number in sorted(segments))

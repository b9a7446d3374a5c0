"""What a tier is: one way to let identical rows meet, and to hand on the rest for a closer look."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import polars as pl

from smoke_pipeline.comparison.engine.census import Census
from smoke_pipeline.comparison.engine.deal import Records
from smoke_pipeline.comparison.engine.spool import Spool
from smoke_pipeline.comparison.findings.tally import Tally
from smoke_pipeline.snapshots.manifest import Side

MOST_BLOCK_BYTES = 4 * 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the engine may use; it never changes the answer."""

    memory_bytes: int
    chunk_rows: int
    spill_folder: Path | None = None
    held_bytes: int | None = None
    """Bytes of rows that are held before they go to disk; None: as many as the memory allows."""
    block_bytes: int = MOST_BLOCK_BYTES
    """Bytes of a text that are looked at together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What became of the rows while both sides were read."""

    residue_rows: int
    """Rows, of both sides together, that did not meet an identical one."""
    spilled_bytes: int = 0


Pairs = Iterator[tuple[pl.DataFrame, pl.DataFrame]]
"""Rows of the source and of the target, the first with the first, and so on."""


class Tier(ABC):
    """Reads both sides once; to be used with `with`. Whichever tier does it, the answer is the same."""

    name: str

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Let go of what was put aside."""

    @abstractmethod
    def read(self, spool: Spool, census: Census | None, tally: Tally) -> Passed:
        """Count the rows that are identical on both sides, and hand on all others.

        Args:
            spool: Takes the rows that did not meet an identical one, but for those that became pairs.
            census: Takes the hash of every row's key; None without a key.
            tally: Takes the counts.
        """

    @abstractmethod
    def pairs(self, repeated: Records, spool: Spool) -> Pairs:
        """Rows of which only the keys are alike, found side by side while both sides were read.

        Args:
            repeated: Hashes of the keys that stand on several rows of a side.
            spool: Takes the rows whose key is one of those.
        """

    @abstractmethod
    def rows_with(self, hashes: Records) -> Iterator[tuple[Side, pl.DataFrame]]:
        """Read again: the rows whose key has one of the hashes; at least the key's columns of them."""

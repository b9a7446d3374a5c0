"""What is told of every difference, kept or not."""

from typing import Protocol

import polars as pl

from smoke_pipeline.comparison.findings.cells import Masks
from smoke_pipeline.snapshots.manifest import Side


class Listener(Protocol):
    """Hears of all differing rows, in the order in which they are found."""

    def mismatched(self, source: pl.DataFrame, target: pl.DataFrame, masks: Masks) -> None:
        """Take aligned rows, at least some of which differ; `masks` says which of their cells do."""

    def one_sided(self, rows: pl.DataFrame, side: Side) -> None:
        """Take rows that stand on one side alone."""

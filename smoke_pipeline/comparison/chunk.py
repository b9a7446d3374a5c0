"""datacompy as the judge of cells: the one door to it.

Left to itself datacompy compares numbers through binary floats, takes a text for NULL and stumbles over
repeated keys. So it is given aligned columns of canonical values only, with comparators that know no other
equality than the exact one, or a tolerance in decimal arithmetic.
"""

import logging
from typing import Any

import polars as pl
from datacompy.comparator.base import BaseComparator
from datacompy.polars import columns_equal

from smoke_pipeline.comparison.rules import Tolerance

logging.getLogger("datacompy").setLevel(logging.WARNING)


class ExactComparator(BaseComparator):
    """Equal are equal canonical values, and NULL and NULL."""

    def compare(self, col1: pl.Series, col2: pl.Series, **_kwargs: Any) -> pl.Series:
        """Which of the aligned cells are equal."""
        return col1.eq_missing(col2)


class TolerantComparator(BaseComparator):
    """As exact, and numbers that are close enough; remembers which tolerance decided."""

    def __init__(self, tolerance: Tolerance) -> None:
        self._tolerance = tolerance
        self.decided = pl.Series(dtype=pl.String)

    def compare(self, col1: pl.Series, col2: pl.Series, **_kwargs: Any) -> pl.Series:
        """Which of the aligned cells are equal or close enough."""
        is_equal = col1.eq_missing(col2)
        pairs = pl.DataFrame({"one": col1, "other": col2, "is_equal": is_equal})
        distinct = pairs.filter(~pl.col("is_equal")).select("one", "other").unique()
        verdicts = [self._tolerance.decides(one, other) for one, other in distinct.iter_rows()]
        known = distinct.with_columns(decided=pl.Series(verdicts, dtype=pl.String))
        found = pairs.join(known, on=["one", "other"], how="left", nulls_equal=True, maintain_order="left")
        self.decided = found["decided"]
        return is_equal | self.decided.is_not_null()


def judge(source: pl.Series, target: pl.Series, tolerance: Tolerance | None) -> tuple[pl.Series, pl.Series]:
    """Have datacompy decide which aligned cells are equal.

    Args:
        source: Canonical values, as text.
        target: The values of the same rows on the other side.
        tolerance: How close numbers must be; None for exactly equal.

    Returns:
        Whether each pair is equal, and which tolerance made it so (NULL where none did).
    """
    if tolerance is None:
        equal: pl.Series = columns_equal(source, target, comparators=[ExactComparator()])
        return equal, pl.Series([None] * len(source), dtype=pl.String)
    comparator = TolerantComparator(tolerance)
    equal = columns_equal(source, target, comparators=[comparator])
    return equal, comparator.decided

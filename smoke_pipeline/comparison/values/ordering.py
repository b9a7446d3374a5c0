"""How canonical values are put in order: as numbers by size, as texts by code point."""

from decimal import Decimal

import polars as pl

from smoke_pipeline.comparison.values import numbers
from smoke_pipeline.comparison.values.canonical import each_value
from smoke_pipeline.comparison.values.families import Family


def order(canonical: pl.Series) -> pl.Series:
    """Texts that sort as the canonical values do; NULL stays NULL."""
    is_number = canonical.str.starts_with(Family.NUMBER).fill_null(value=False)
    sortable = each_value(canonical.set(~is_number, None).str.slice(1), numbers.order)
    return (Family.NUMBER + sortable).zip_with(is_number, canonical)


def as_sortable_text(value: str | bytes | bool | int | Decimal) -> str:
    """A text that sorts as the value does among values of its type."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.hex()
    return numbers.order(numbers.spell(str(int(value) if isinstance(value, bool) else value)) or "0")

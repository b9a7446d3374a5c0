"""How canonical values are put in order: as numbers by size, as texts by code point."""

import polars as pl

from smoke_pipeline.comparison.values import numbers
from smoke_pipeline.comparison.values.canonical import each_value
from smoke_pipeline.comparison.values.families import Family


def order(canonical: pl.Series) -> pl.Series:
    """Texts that sort as the canonical values do; NULL stays NULL."""
    is_number = canonical.str.starts_with(Family.NUMBER).fill_null(value=False)
    sortable = each_value(canonical.set(~is_number, None).str.slice(1), numbers.order)
    return (Family.NUMBER + sortable).zip_with(is_number, canonical)

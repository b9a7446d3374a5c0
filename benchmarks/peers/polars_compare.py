"""datacompy's PolarsCompare as its manual shows it."""

import sys

import datacompy
import polars as pl

source, target, key = sys.argv[1:]
compare = datacompy.PolarsCompare(pl.read_csv(source), pl.read_csv(target), join_columns=key)
print(compare.report())

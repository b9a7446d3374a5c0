"""`mismatches.csv`: the kept differences, a line a cell."""

from smoke_pipeline.report.formats.base import text_format
from smoke_pipeline.report.mismatch_csv import write_mismatches

CSV = text_format("csv", "mismatches.csv", lambda result, file, _: write_mismatches(result, file))

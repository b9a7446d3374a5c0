"""`summary.json`: everything but the rows, for a program."""

from smoke_pipeline.report.formats.base import as_json, text_format
from smoke_pipeline.report.summary import summarise

JSON = text_format(
    "json",
    "summary.json",
    lambda result, file, settings: file.write(as_json(summarise(result, settings))),
)

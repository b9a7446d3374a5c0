"""`report.html`: the page."""

from smoke_pipeline.report.formats.base import text_format
from smoke_pipeline.report.page import write_page

HTML = text_format("html", "report.html", write_page)

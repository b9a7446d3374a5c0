"""`report.html`: the page."""

from collections.abc import Sequence
from functools import partial

from smoke_pipeline.report.formats.base import Format, text_format
from smoke_pipeline.report.page import write_page
from smoke_pipeline.report.pictures.past import PastScore


def html_with(history: Sequence[PastScore]) -> Format:
    """The page with how its test went before."""
    return text_format("html", "report.html", partial(write_page, history=history))


HTML = html_with(())

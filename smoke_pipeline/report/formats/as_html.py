"""`report.html`: the page."""

from collections.abc import Sequence
from functools import partial
from typing import TextIO

from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.report.formats.base import Format, text_format
from smoke_pipeline.report.pictures.past import PastScore
from smoke_pipeline.settings.model import ReportSettings


def html_with(history: Sequence[PastScore]) -> Format:
    """The page with how its test went before."""
    return text_format("html", "report.html", partial(_write, history=history))


def _write(
    result: ComparisonResult, file: TextIO, settings: ReportSettings, *, history: Sequence[PastScore]
) -> None:
    from smoke_pipeline.report.page import write_page  # noqa: PLC0415 - slow

    write_page(result, file, settings, history=history)


HTML = html_with(())

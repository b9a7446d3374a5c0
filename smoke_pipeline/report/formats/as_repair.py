"""`repair.sql`: statements that would make one side equal to the other, or why there are none."""

from typing import TextIO

from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.report.formats.base import text_format
from smoke_pipeline.report.repair.statements import repair_lines
from smoke_pipeline.settings.model import ReportSettings


def _write(result: ComparisonResult, file: TextIO, settings: ReportSettings) -> None:
    file.writelines(f"{line}\n" for line in repair_lines(result, settings))


REPAIR = text_format("repair", "repair.sql", _write)

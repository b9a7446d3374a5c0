"""What a format writes of a result."""

import io

from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.report.formats.registry import FORMATS
from smoke_pipeline.settings.model import ReportSettings


def written(name: str, found: ComparisonResult, **settings) -> bytes:
    file = io.BytesIO()
    FORMATS[name].write(found, file, ReportSettings(**settings))
    return file.getvalue()

"""`smoke compare` through its Python API."""

from benchmarks.false_pass.case import Truth
from benchmarks.false_pass.written import Pair
from smoke_pipeline.comparison.compare import compare_snapshots
from smoke_pipeline.comparison.options import parse_spec
from smoke_pipeline.errors import SmokePipelineError
from smoke_pipeline.readers.files import open_file
from smoke_pipeline.settings.model import ComparisonSettings
from smoke_pipeline.snapshots.base import InPlaceSnapshot
from smoke_pipeline.snapshots.manifest import Side


class NotAnsweredError(Exception):
    """The tables were refused; its cause tells why."""


def compare(pair: Pair) -> Truth:
    """What is said of a pair.

    Raises:
        NotAnsweredError: The tables were refused.
    """
    try:
        sides = [
            InPlaceSnapshot(open_file(path), side, origin=str(path))
            for path, side in zip(pair.paths, Side, strict=True)
        ]
        spec = parse_spec({"key": list(pair.key)} if pair.key else {})
        result = compare_snapshots(*sides, spec, settings=ComparisonSettings())
    except SmokePipelineError as error:
        raise NotAnsweredError(str(error)) from error
    return Truth(
        matched=result.counts.matched,
        mismatched=result.counts.mismatched,
        source_only=result.counts.source_only,
        target_only=result.counts.target_only,
        by_column=dict(result.mismatch_by_column),
        duplicates=(result.duplicates.source, result.duplicates.target),
    )

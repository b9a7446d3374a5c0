"""Compare two places with Spark."""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from itertools import accumulate

from pyspark.sql import SparkSession

from smoke_pipeline.comparison.compare import Settled, conclude, settle
from smoke_pipeline.comparison.findings.found import Found, added_up
from smoke_pipeline.comparison.findings.tally import Tally
from smoke_pipeline.comparison.result import ComparisonResult, EngineFacts
from smoke_pipeline.comparison.spark import stages
from smoke_pipeline.comparison.spark.session import in_our_words, spark_session
from smoke_pipeline.comparison.spark.tables import (
    HowToRead,
    Look,
    SparkSide,
    is_far,
    near_files,
)
from smoke_pipeline.comparison.spark.work import Work
from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.readers.base import OnProgress, Progress
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.snapshots.manifest import Side

ROWS_OF_A_PART = 500_000
"""Rows, of both sides together, that one task compares."""


def compare_with_spark(
    source: str,
    target: str,
    spec: ComparisonSpec,
    *,
    settings: Settings,
    on_progress: OnProgress | None = None,
) -> ComparisonResult:
    """Compare two files, or folders of files, near or at addresses that Spark reads.

    Raises:
        DependencyMissingError: pyspark or Java is missing.
        EngineFailedError: Spark stopped.
        OptionError: An option cannot be used with these sides.
        ComparisonError: The sides cannot be compared.
        ReadError: A file cannot be read.
        UploadError: A file is not a table.
    """
    with spark_session() as spark:
        return compare_in_session(spark, (source, target), spec, settings=settings, on_progress=on_progress)


def compare_in_session(
    spark: SparkSession,
    places: tuple[str, str],
    spec: ComparisonSpec,
    *,
    settings: Settings,
    on_progress: OnProgress | None = None,
    rows_of_a_part: int = ROWS_OF_A_PART,
) -> ComparisonResult:
    """As `compare_with_spark`, in a session that is open already."""
    started = time.perf_counter()
    reading = HowToRead(
        options={Side.SOURCE: spec.source, Side.TARGET: spec.target},
        uploads=settings.uploads,
        scratch=settings.comparison.spill_dir,
    )
    with in_our_words():
        sides = [_looked_at(spark, place, side, reading) for place, side in zip(places, Side, strict=True)]
        settled = settle(sides[0], sides[1], spec, settings=settings.comparison, rulesets=settings.rulesets)
        _require_no_file_of_all(settled)
        work = _work(settled, reading, sides)
        found, counted = _found(spark, work, on_progress or (lambda _: None), rows_of_a_part)
    engine = replace(found.engine, elapsed_s=time.perf_counter() - started)
    manifests = [
        side.manifest_of(_of_side(counted.rows_of, work, name), _of_side(counted.empty_lines_of, work, name))
        for side, name in zip(sides, Side, strict=True)
    ]
    return conclude(settled, replace(found, engine=engine), *manifests)


def _require_no_file_of_all(settled: Settled) -> None:
    if settled.every_difference_at:
        raise InvalidOptionError(
            "A comparison with Spark cannot write every difference down.",
            suggestions=("Compare on this machine: --engine local.", "Leave all_mismatches out."),
        )


def _work(settled: Settled, reading: HowToRead, sides: list[SparkSide]) -> Work:
    return Work(
        settled=settled,
        reading=reading,
        files=(*sides[0].files, *sides[1].files),
        schemas=dict(zip(Side, (side.schema for side in sides), strict=True)),
        formats=dict(zip(Side, (side.format for side in sides), strict=True)),
    )


def _found(
    spark: SparkSession, work: Work, tell: Callable[[Progress], None], rows_of_a_part: int
) -> tuple[Found, stages.Hashed]:
    """What was found, and what was counted on the way."""
    files = stages.frame_of_files(spark, work.files)
    hashed = stages.hashed(files, work)
    tell(Progress(stage="Hashed both sides", rows=sum(hashed.rows_of.values())))
    left = stages.left_over(hashed.rows, work)
    ours, theirs = stages.rows_left(left)
    tally = Tally(matched=_of_side(hashed.rows_of, work, Side.SOURCE) - ours)
    still_to_read = stages.readings(left, work)
    for column, cells in stages.readings(hashed.rows, work).items():
        tally.forgive(column, "read_as_type", cells - still_to_read[column])
    tell(Progress(stage="Settled by hash", rows=2 * tally.matched))
    parts = max(1, -(-(ours + theirs) // rows_of_a_part))
    found = reduce(
        lambda one, other: added_up(one, other, work.settled.max_mismatches),
        stages.found_in_parts(files, left, work, _first_rows(hashed.rows_of, work), parts)
        if ours or theirs
        else (),
        Found(tally=tally, engine=EngineFacts(tier="spark", chunks=0)),
    )
    stages.release(hashed, left)
    return replace(found, engine=replace(found.engine, residue_rows=ours + theirs)), hashed


def _first_rows(rows_of: dict[int, int], work: Work) -> dict[int, int]:
    """File -> rows of its side in the files before it."""
    first: dict[int, int] = {}
    for side in Side:
        numbers = [number for number, file in enumerate(work.files) if file.side is side]
        before = accumulate((rows_of[number] for number in numbers), initial=0)
        first.update(zip(numbers, before, strict=False))
    return first


def _of_side(counts: dict[int, int], work: Work, side: Side) -> int:
    return sum(counts[number] for number, file in enumerate(work.files) if file.side is side)


def _looked_at(spark: SparkSession, place: str, side: Side, reading: HowToRead) -> SparkSide:
    """A side, of whose files only the first was looked at."""
    files = stages.far_files(spark, place, side) if is_far(place) else near_files(place, side)
    content = stages.content_of(spark, files[0]) if files[0].is_far else None
    with reading.opened(files[0], content) as reader:
        look = Look(schema=reader.schema, facts=reader.facts(digest=False))
    return SparkSide(place, files, look, reading)

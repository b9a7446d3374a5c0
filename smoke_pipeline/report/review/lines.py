"""The kept differences of a result or a bundle, a line a cell, so that two of them can be held together."""

import csv
import io
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile, ZipFile

import pyarrow as pa
import pyarrow.parquet as pq

from smoke_pipeline.comparison.result import ComparisonResult, DifferenceKind
from smoke_pipeline.errors import InvalidOptionError, ObjectNotFoundError, SnapshotDamagedError
from smoke_pipeline.report.mismatch_csv import exact, whole_row

_KEY = "key:"
_COUNTS = ("matched", "mismatched", "source_only", "target_only")


class Line(NamedTuple):
    """One cell that differs, or one row that stands on one side alone."""

    key: tuple[str | None, ...]
    kind: str
    column: str | None
    """None for a row of one side."""
    source: str | None
    """A row of one side as a JSON object, on its side."""
    target: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLines:
    """What a result or a bundle holds of its differences."""

    origin: str
    """What a person calls it."""
    key: tuple[str, ...]
    verdict: str
    match_score: float
    counts: dict[str, int]
    lines: "Counter[Line]"
    is_complete: bool
    """Whether every differing row was kept."""
    masked_columns: tuple[str, ...] = ()
    """Columns of which values are masked; only under one key are they masked alike."""


def lines_of_result(result: ComparisonResult, origin: str) -> KeptLines:
    """The kept differences of a result."""
    counts = {name: getattr(result.counts, name) for name in _COUNTS}
    return KeptLines(
        origin=origin,
        key=result.key,
        verdict=str(result.verdict),
        match_score=result.match_score,
        counts=counts,
        lines=Counter(_of_result(result)),
        is_complete=len(result.differences) == result.difference_count,
        masked_columns=result.masked_columns,
    )


def lines_of_bundle(path: Path) -> KeptLines:
    """The kept differences of a bundle, out of its Parquet file or its CSV.

    Raises:
        ObjectNotFoundError: There is no such file.
        InvalidOptionError: It was made without what is needed.
        SnapshotDamagedError: It is not what was written.
    """
    if not path.is_file():
        raise ObjectNotFoundError(f"There is no file {path}.", ("Check the path.",))
    try:
        with ZipFile(path) as bundle:
            return _of_bundle(bundle, path)
    except (BadZipFile, pa.ArrowException, KeyError, ValueError, csv.Error) as error:
        raise SnapshotDamagedError(
            f"The report {path} is not what was written.", ("See what is wrong: smoke report verify.",)
        ) from error


def _of_bundle(bundle: ZipFile, path: Path) -> KeptLines:
    names = bundle.namelist()
    if "summary.json" not in names or not {"mismatches.parquet", "mismatches.csv"} & {*names}:
        raise InvalidOptionError(
            f"The report {path} holds no list of differences to look at.",
            suggestions=("Make it with the formats json and csv, or json and parquet.",),
            context={"members": names},
        )
    summary: dict[str, Any] = json.loads(bundle.read("summary.json"))
    lines = _of_parquet(bundle) if "mismatches.parquet" in names else _of_csv(bundle)
    kept = summary["differences"]
    return KeptLines(
        origin=str(path),
        key=tuple(summary["key"]),
        verdict=summary["verdict"],
        match_score=summary["match_score"],
        counts={name: summary[name] for name in _COUNTS},
        lines=Counter(lines),
        is_complete=kept["kept"] == kept["count"],
        masked_columns=tuple(summary["masked_columns"]),
    )


def _of_result(result: ComparisonResult) -> Iterator[Line]:
    for row in result.differences:
        if row.kind is DifferenceKind.MISMATCHED:
            for cell in row.cells:
                yield Line(row.key, str(row.kind), cell.column, cell.source, cell.target)
            continue
        values = _normal(whole_row(row))
        is_source = row.kind is DifferenceKind.SOURCE_ONLY
        yield Line(row.key, str(row.kind), None, values if is_source else None, None if is_source else values)


def _of_parquet(bundle: ZipFile) -> Iterator[Line]:
    table = pq.read_table(io.BytesIO(bundle.read("mismatches.parquet")))
    keys = [name for name in table.column_names if name.startswith(_KEY)]
    for row in table.to_pylist():
        key = tuple(row[name] for name in keys)
        yield line_of(key, row["difference_type"], row["column"], (row["source_value"], row["target_value"]))


def _of_csv(bundle: ZipFile) -> Iterator[Line]:
    text = io.StringIO(bundle.read("mismatches.csv").decode(), newline="")
    longest = csv.field_size_limit(sys.maxsize)
    try:
        rows = [*csv.reader(text)]
    finally:
        csv.field_size_limit(longest)
    header, *records = rows
    for fields in records:
        row = dict(zip(header, fields, strict=True))
        nulls = {*json.loads(row["nulls"] or "[]")}
        shown = {name: None if name in nulls else exact(value) for name, value in row.items()}
        key = tuple(shown[name] for name in header if name.startswith(_KEY))
        is_cell = row["difference_type"] == DifferenceKind.MISMATCHED
        sides = (shown["source_value"], shown["target_value"])
        yield line_of(key, row["difference_type"], shown["column"] if is_cell else None, sides)


def line_of(key: tuple[str | None, ...], kind: str, column: str | None, sides: Iterable[str | None]) -> Line:
    """The line that a row of `mismatches.parquet` or `mismatches.csv` is."""
    if column is not None:
        return Line(key, kind, column, *sides)
    source, target = (_normal(value) if value else None for value in sides)
    return Line(key, kind, None, source, target)


def _normal(row: str) -> str:
    """A whole row, whatever the order of its columns."""
    return json.dumps(json.loads(row), ensure_ascii=False, sort_keys=True)

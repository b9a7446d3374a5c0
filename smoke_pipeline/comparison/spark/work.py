"""What Spark's workers do: hash rows, fetch those that are left, compare a part of them.

Each is a function from Arrow batches to Arrow batches. The hashes are those of exact values as the local
engine has them; two of 64 bits each, so that different rows share both once in 3e38 pairs.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import groupby
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import TypeAdapter

from smoke_pipeline.comparison.columns import carried, exact_frame, frame_of, key_frame, side_columns
from smoke_pipeline.comparison.compare import Settled, find
from smoke_pipeline.comparison.engine.meeting import SEEDS
from smoke_pipeline.comparison.findings.found import Found
from smoke_pipeline.comparison.parts.dealing import Dealer
from smoke_pipeline.comparison.parts.summing import numbered
from smoke_pipeline.comparison.plan import Plan
from smoke_pipeline.comparison.spark.residue import Residue
from smoke_pipeline.comparison.spark.tables import (
    HowToRead,
    TableFile,
    require_nothing_left_out,
    require_schema,
)
from smoke_pipeline.snapshots.manifest import Side

Batches = Iterator[pa.RecordBatch]
Worker = Callable[[Batches], Batches]
_Longs = NDArray[np.int64]
_OfFile = Callable[[int, bytes | None, dict[str, Any]], Batches]

_KEY_SEEDS = (303, 404)
MASK = "has_"
"""How the names of masks begin."""
_BITS = 62
"""Columns whose values are told in one mask."""

FETCHED = pa.schema(
    [("part", pa.int32()), ("side", pa.int8()), ("numbers", pa.binary()), ("rows", pa.binary())]
)
FOUND = pa.schema([("found", pa.binary())])


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What every worker knows."""

    settled: Settled
    reading: HowToRead
    files: tuple[TableFile, ...]
    """Of both sides; a file is known by its place here."""
    schemas: dict[Side, pa.Schema]
    formats: dict[Side, str] = field(default_factory=dict)


def masks_of(plan: Plan) -> list[list[int]]:
    """The same columns, as many together as a mask can tell of."""
    places = plan.places_read_as_type
    return [places[start : start + _BITS] for start in range(0, len(places), _BITS)]


def hashed_schema(plan: Plan) -> pa.Schema:
    """What `hash_rows` yields: group, row, where the row is, which values it has; or a file's empty lines."""
    masks = [f"{MASK}{number}" for number in range(len(masks_of(plan)))]
    hashes = ["group1", "group2", *(("row1", "row2") if plan.key else ())]
    names = [*hashes, "row", *masks, "empty_lines"]
    longs = [pa.field(name, pa.int64()) for name in names]
    return pa.schema([pa.field("side", pa.int8()), pa.field("file", pa.int32()), *longs])


def hash_rows(work: Work) -> Worker:
    """From files to the hashes of their rows.

    Rows of one group may be paired: those of one key, or where there is no key those that are the same.
    """
    return lambda batches: _each_file(batches, partial(_hash_file, work))


def _each_file(batches: Batches, do: _OfFile) -> Batches:
    for batch in batches:
        for row in batch.to_pylist():
            yield from do(row.pop("file"), row.pop("content"), row)


def _hash_file(work: Work, number: int, content: bytes | None, _: dict[str, Any]) -> Batches:
    file, plan = work.files[number], work.settled.plan
    schema, columns = hashed_schema(plan), side_columns(plan, file.side)
    with work.reading.opened(file, content) as reader:
        require_schema(reader, work.schemas[file.side], file)
        if sum(one.side is file.side for one in work.files) > 1:
            require_nothing_left_out(reader, file)
        start = 0
        for batch in reader.batches(work.settled.limits.chunk_rows):
            frame = frame_of(batch, plan, file.side, start + 1)
            exact = exact_frame(frame, columns)
            hashes = [_as_long(exact.hash_rows(seed=seed)) for seed in SEEDS]
            if plan.key:
                keys = key_frame(frame, plan, file.side)
                hashes = [*(_as_long(keys.hash_rows(seed=seed)) for seed in _KEY_SEEDS), *hashes]
            places = np.arange(start, start + batch.num_rows)
            nothing = pa.nulls(batch.num_rows, pa.int64())
            masks = [_mask(frame, together) for together in masks_of(plan)]
            yield _batch_of_file(schema, file.side, number, [*hashes, places, *masks, nothing])
            start += batch.num_rows
        end = {"side": _number_of(file.side), "file": number, "row": start}
        end["empty_lines"] = reader.facts(digest=False).empty_lines
        yield pa.RecordBatch.from_pylist([end], schema=schema)


def _batch_of_file(
    schema: pa.Schema, side: Side, number: int, longs: list[_Longs | pa.Array]
) -> pa.RecordBatch:
    rows = len(longs[0])
    beginning = [np.full(rows, _number_of(side), np.int8), np.full(rows, number, np.int32)]
    return pa.RecordBatch.from_arrays([pa.array(one) for one in (*beginning, *longs)], schema=schema)


def _mask(frame: pl.DataFrame, places: list[int]) -> _Longs:
    mask = np.zeros(frame.height, np.int64)
    for bit, place in enumerate(places):
        mask |= frame[carried(place)].is_not_null().to_numpy().astype(np.int64) << bit
    return mask


def _as_long(hashes: pl.Series) -> _Longs:
    return hashes.to_numpy().view(np.int64)


def fetch_rows(work: Work, first_rows: dict[int, int], parts: int) -> Worker:
    """From files, each with the places of its wanted rows, to these rows, dealt into parts.

    Args:
        work: What every worker knows.
        first_rows: File -> rows of its side in the files before it.
        parts: How many parts there are.
    """

    def fetch(number: int, content: bytes | None, row: dict[str, Any]) -> Batches:
        file = work.files[number]
        wanted = np.sort(np.array(row["wanted"], np.int64))
        dealer, start = Dealer(work.settled.plan, file.side), 0
        with work.reading.opened(file, content) as reader:
            for batch in reader.batches(work.settled.limits.chunk_rows):
                low, high = np.searchsorted(wanted, (start, start + batch.num_rows))
                if low < high:
                    places = wanted[low:high] - start
                    rows = batch.take(pa.array(places))
                    numbers = places + start + first_rows[number] + 1
                    yield from _dealt(rows, numbers, dealer.numbers(rows, parts), file.side)
                start += batch.num_rows

    return lambda batches: _each_file(batches, fetch)


def _dealt(
    rows: pa.RecordBatch,
    numbers: _Longs,
    parts: _Longs,
    side: Side,
) -> Batches:
    for part in np.unique(parts):
        mine = np.flatnonzero(parts == part)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, rows.schema) as stream:
            stream.write_batch(rows.take(pa.array(mine)))
        yield pa.RecordBatch.from_pylist(
            [
                {
                    "part": int(part),
                    "side": _number_of(side),
                    "numbers": numbers[mine].tobytes(),
                    "rows": sink.getvalue().to_pybytes(),
                }
            ],
            schema=FETCHED,
        )


def compare_parts(work: Work) -> Worker:
    """From rows sorted by part to what was found in each part."""

    def compare(batches: Batches) -> Batches:
        rows = (row for batch in batches for row in batch.to_pylist())
        for _, of_part in groupby(rows, key=lambda row: row["part"]):
            with Residue(work.schemas, work.formats, work.settled.limits.spill_folder) as residue:
                for row in of_part:
                    residue.add(Side.SOURCE if row["side"] == 0 else Side.TARGET, row["numbers"], row["rows"])
                found = find(residue.side(Side.SOURCE), residue.side(Side.TARGET), work.settled)
                in_whole = numbered(found, residue.in_whole)
            yield pa.RecordBatch.from_pylist([{"found": founds().dump_json(in_whole)}], schema=FOUND)

    return compare


def _number_of(side: Side) -> int:
    return 0 if side is Side.SOURCE else 1


@cache
def founds() -> TypeAdapter[Found]:
    """How what was found travels."""
    return TypeAdapter(Found)

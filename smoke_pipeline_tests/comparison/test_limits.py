"""What bounds the work: it shows in how the work is done, and never in the answer."""

from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa
import pytest

from smoke_pipeline.comparison.compare import compare_snapshots
from smoke_pipeline.comparison.options import parse_spec
from smoke_pipeline.comparison.result import ComparisonResult, EngineFacts
from smoke_pipeline.errors import InvalidOptionError, MemoryBudgetError
from smoke_pipeline.settings.model import ComparisonSettings
from smoke_pipeline.snapshots.base import InPlaceSnapshot
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.comparison.tables import TableReader

NUMBERS = range(500)
SOURCE = pa.table({"k": pa.array(NUMBERS), "v": [f"v{number % 7}" for number in NUMBERS]})
TARGET = pa.table({"k": pa.array(NUMBERS), "v": [f"v{number % 9}" for number in NUMBERS]})


class WatchedReader(TableReader):
    """Remembers how large its batches were."""

    def __init__(self, table: pa.Table, sizes: set[int]) -> None:
        super().__init__(table, "parquet")
        self._sizes = sizes

    def batches(self, chunk_rows: int) -> Iterator[pa.RecordBatch]:
        for batch in super().batches(chunk_rows):
            self._sizes.add(batch.num_rows)
            yield batch


def watched(
    settings: ComparisonSettings | None = None, **options: object
) -> tuple[ComparisonResult, set[int]]:
    """The result, and how many rows were read together."""
    sizes: set[int] = set()
    sides = [
        InPlaceSnapshot(WatchedReader(table, sizes), side, origin=side)
        for table, side in zip((SOURCE, TARGET), Side, strict=True)
    ]
    spec = parse_spec({"key": "k", **options})
    return compare_snapshots(*sides, spec, settings=settings or ComparisonSettings()), sizes


def answer(result: ComparisonResult) -> ComparisonResult:
    return replace(result, engine=EngineFacts())


def test_rows_are_read_so_many_at_a_time_as_was_asked_for():
    usual, usual_sizes = watched()
    small, small_sizes = watched(chunk_size=100)

    assert (usual_sizes, small_sizes) == ({500}, {100})
    assert answer(small) == answer(usual)


def test_the_option_wins_over_the_setting():
    assert watched(ComparisonSettings(chunk_rows=250))[1] == {250}
    assert watched(ComparisonSettings(chunk_rows=250), chunk_size=125)[1] == {125}


@pytest.mark.parametrize("rows", [0, -1, 1_000_001, "many"])
def test_a_chunk_has_between_one_row_and_a_million(rows):
    with pytest.raises(InvalidOptionError, match="chunk_size"):
        parse_spec({"chunk_size": rows})


def test_rows_wait_in_memory_up_to_the_threshold_and_on_disk_beyond():
    held, _ = watched(streaming_threshold="1MB")
    spilled, _ = watched(streaming_threshold=0)
    by_setting, _ = watched(ComparisonSettings(streaming_threshold=0))

    assert held.engine.spilled_bytes == 0
    assert spilled.engine.spilled_bytes > 0
    assert by_setting.engine.spilled_bytes > 0
    assert answer(held) == answer(spilled) == answer(by_setting) == answer(watched()[0])


def test_a_threshold_that_the_memory_cannot_bear_is_refused():
    with pytest.raises(MemoryBudgetError, match="100,000,000 bytes needs a memory budget of 800,000,000"):
        watched(streaming_threshold="100MB", memory="512MB")

    assert watched(streaming_threshold="100MB", memory="800MB")[0].engine.spilled_bytes == 0

"""Parts add up: what a comparison finds in parts is what it finds at once."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from smoke_pipeline.comparison.compare import Settled, compare_snapshots, settle
from smoke_pipeline.comparison.options import parse_spec
from smoke_pipeline.comparison.parts.dealing import Part
from smoke_pipeline.comparison.parts.summing import PartFound, compare_part, merge_parts
from smoke_pipeline.comparison.result import ComparisonResult, EngineFacts
from smoke_pipeline.errors import ComparisonError, InvalidOptionError
from smoke_pipeline.settings.model import ComparisonSettings
from smoke_pipeline.snapshots.base import InPlaceSnapshot
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.comparison.tables import TableReader, text_table
from smoke_pipeline_tests.comparison.test_against_oracle import ONE_SIDED, RULES, pairs, tables

SOME = settings(max_examples=60, deadline=None)
JSON = TypeAdapter(PartFound)
KEYS = st.sampled_from([("k",), ("k", "a"), (), "auto"])


def snapshots(source: pa.Table, target: pa.Table, format_: str) -> list[InPlaceSnapshot]:
    return [
        InPlaceSnapshot(TableReader(table, format_), side, origin=f"{side}.{format_}")
        for table, side in zip((source, target), Side, strict=True)
    ]


def both_ways(
    source: pa.Table, target: pa.Table, of: int, *, format_: str = "csv", **options: Any
) -> tuple[ComparisonResult, ComparisonResult]:
    """The result of the whole, and that of parts which went through JSON in any order."""
    spec = parse_spec(options)
    defaults = ComparisonSettings(chunk_rows=3)
    whole = compare_snapshots(*snapshots(source, target, format_), spec, settings=defaults)
    settled = settle(*snapshots(source, target, format_), spec, settings=defaults)
    parts = [in_part(source, target, settled, Part(n, of), format_) for n in range(of, 0, -1)]
    return whole, merge_parts(settled, parts)


def in_part(
    source: pa.Table, target: pa.Table, settled: Settled, part: Part, format_: str = "csv"
) -> PartFound:
    """What a part finds, as another process tells it."""
    return JSON.validate_json(
        JSON.dump_json(compare_part(*snapshots(source, target, format_), settled, part))
    )


def promised(result: ComparisonResult) -> ComparisonResult:
    """The result without what is volatile, and without row numbers: of equal rows any may be left over."""
    rows = tuple(replace(row, source_row=None, target_row=None) for row in result.differences)
    return replace(result, engine=EngineFacts(), differences=rows)


@SOME
@given(pairs(), KEYS, st.sampled_from(sorted(RULES)), st.integers(1, 5), st.sampled_from([0, 1, 2, 5000]))
def test_parts_add_up_to_the_whole(rows: Any, key: Any, rule: str, of: int, most: int) -> None:
    options = {"key": key or None, "rules": {"*": RULES[rule][0]}, "max_mismatches": most}

    whole, merged = both_ways(*tables(rows), of, **options)

    assert promised(merged) == promised(whole)


@SOME
@given(pairs(), st.integers(1, 4), st.sampled_from([1, 5000]))
def test_parts_add_up_where_a_side_has_key_rules_of_its_own(rows: Any, of: int, most: int) -> None:
    whole, merged = both_ways(*tables(rows), of, key=["k", "b"], rules=ONE_SIDED, max_mismatches=most)

    assert promised(merged) == promised(whole)


TYPED = {
    "int": lambda n: n - 20,
    "decimal": lambda n: Decimal(n - 20) / 100,
    "float": lambda n: (n - 20) / 8,
    "bool": lambda n: n % 2 == 0,
    "bytes": lambda n: bytes([n, 0, 255 - n]),
    "moment": lambda n: datetime(1969, 12, 31) + timedelta(hours=n),
    "day": lambda n: (datetime(1969, 12, 31) + timedelta(days=n - 20)).date(),
    "time": lambda n: (datetime(2000, 1, 1) + timedelta(minutes=n)).time(),
    "span": lambda n: timedelta(seconds=n - 20),
}


@pytest.mark.parametrize("kind", sorted(TYPED))
@pytest.mark.parametrize("most", [3, 5000])
def test_typed_keys_keep_their_order_across_parts(kind: str, most: int) -> None:
    chance = random.Random(kind)
    keys = [None, *(TYPED[kind](n) for n in range(40))]
    source, target = (chance.choices(keys, k=60) for _ in Side)
    tables = [pa.table({"k": pa.array(side), "v": pa.array(range(60))}) for side in (source, target)]

    whole, merged = both_ways(*tables, 4, format_="parquet", key=["k"], max_mismatches=most)

    assert promised(merged) == promised(whole)
    assert whole.differences


@SOME
@given(rows=pairs(), key=KEYS, of=st.integers(1, 4), most=st.integers(0, 6))
def test_parts_keep_the_order_that_was_asked_for(rows: Any, key: Any, of: int, most: int) -> None:
    whole, merged = both_ways(*tables(rows), of, key=key or None, sort_by=["b", "a"], max_mismatches=most)

    assert promised(merged) == promised(whole)


def test_rows_keep_their_numbers_of_the_whole() -> None:
    source = text_table([{"k": str(n), "v": "a"} for n in range(100)])
    target = text_table([{"k": str(n), "v": "b" if n == 77 else "a"} for n in range(100)])

    _, merged = both_ways(source, target, 7, key=["k"])

    (row,) = merged.differences
    assert (row.source_row, row.target_row) == (78, 78)


def settled_and_parts(of: int) -> tuple[Settled, list[PartFound]]:
    table = text_table([{"k": str(n), "v": "a"} for n in range(9)])
    settled = settle(
        *snapshots(table, table, "csv"), parse_spec({"key": ["k"]}), settings=ComparisonSettings()
    )
    return settled, [in_part(table, table, settled, Part(n, of)) for n in range(1, of + 1)]


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        pytest.param([0, 2], "Of 3 parts, these are missing: 2.", id="missing"),
        pytest.param([0, 1, 1, 2], "Part 2 of 3 stands twice among the parts.", id="twice"),
        pytest.param([], "There are no parts to add up.", id="none"),
    ],
)
def test_parts_that_are_not_all_are_refused(chosen: list[int], message: str) -> None:
    settled, parts = settled_and_parts(3)

    with pytest.raises(ComparisonError, match=message):
        merge_parts(settled, [parts[number] for number in chosen])


def test_parts_of_different_comparisons_are_refused() -> None:
    settled, (one, other) = settled_and_parts(2)
    changed = replace(other, source=replace(other.source, sha256="1" * 64))

    with pytest.raises(ComparisonError, match="Part 2 of 2 is of another comparison"):
        merge_parts(settled, [one, changed])


def test_a_part_beyond_the_last_is_refused() -> None:
    with pytest.raises(InvalidOptionError, match="no part 3 of 2"):
        Part(3, 2)

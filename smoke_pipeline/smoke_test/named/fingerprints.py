"""Differences as fingerprints: two are the same exactly where kind, key, column and both values are.

A fingerprint tells nothing of the values to who does not know them already, and each is as long.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from smoke_pipeline.comparison.result import ComparisonResult, DifferenceKind
from smoke_pipeline.report.review.lines import Line, line_of, lines_of_result

SIZE_BYTES = 32
_KEY = "key:"
_ROWS_AT_ONCE = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How many differences were accepted, how many were not, and how many accepted ones are gone."""

    accepted: int = 0
    new: int = 0
    gone: int = 0


def fingerprint_of(line: Line) -> bytes:
    """The fingerprint of one difference."""
    found = blake2b(digest_size=SIZE_BYTES, person=b"smoke difference")
    texts = (line.kind, line.column, line.source, line.target, *line.key)
    found.update(len(texts).to_bytes(8))
    for text in texts:
        found.update(_written(text))
    return found.digest()


def held_to(fingerprints: Iterable[bytes], accepted: Mapping[bytes, int]) -> Found:
    """Hold differences to what was accepted: each covers as many of its like as it was accepted times."""
    left, known, new = dict(accepted), 0, 0
    for one in fingerprints:
        if left.get(one, 0) > 0:
            left[one] -= 1
            known += 1
        else:
            new += 1
    return Found(accepted=known, new=new, gone=sum(left.values()))


def why_not_at_hand(result: ComparisonResult, file: Path, *, is_masking: bool = False) -> str | None:
    """Why not every difference of a result can be looked at one by one, as a sentence; None where it can.

    Args:
        result: The result.
        file: Where every difference is written, if it was asked for.
        is_masking: Whether something is masked here; which values of the file are does not show.
    """
    if result.masked_columns:
        names = ", ".join(result.masked_columns)
        return f"The values of {names} are masked, and two values may look alike then."
    kept, every = len(result.differences), result.difference_count
    if kept == every:
        return None
    if _is_whole(result, file):
        return "Values are masked here, and two values may look alike then." if is_masking else None
    return f"Of {every:,} differing rows {kept:,} are at hand; `all_mismatches` writes down every one."


def fingerprints_at_hand(result: ComparisonResult, file: Path, *, in_flight: bool = True) -> Iterator[bytes]:
    """The fingerprint of every difference, as often as it is there.

    Args:
        result: A result whose differences are all at hand.
        file: Where every difference is written, if it was asked for.
        in_flight: Whether rows that a recheck found in flight are among them.
    """
    if len(result.differences) == result.difference_count:
        rows = tuple(row for row in result.differences if in_flight or not row.in_flight)
        lines: Counter[Line] = lines_of_result(replace(result, differences=rows), "").lines
        yield from map(fingerprint_of, lines.elements())
        return
    with pq.ParquetFile(file) as written:
        for batch in written.iter_batches(batch_size=_ROWS_AT_ONCE):
            yield from map(fingerprint_of, _lines_of(batch, in_flight=in_flight))


def _written(text: str | None) -> bytes:
    """A text that no other text, and no row of texts, is written as."""
    if text is None:
        return b"\x00"
    spelled = text.encode("utf-8", "surrogatepass")
    return b"\x01" + len(spelled).to_bytes(8) + spelled


def _is_whole(result: ComparisonResult, file: Path) -> bool:
    """Whether the file holds as many differences of each kind as were counted."""
    if not file.is_file():
        return False
    counted = {
        DifferenceKind.MISMATCHED: sum(result.mismatch_by_column.values()),
        DifferenceKind.SOURCE_ONLY: result.counts.source_only,
        DifferenceKind.TARGET_ONLY: result.counts.target_only,
    }
    try:
        kinds = pq.read_table(file, columns=["difference_type"])["difference_type"]
    except (pa.ArrowException, OSError, KeyError):
        return False
    found = {one["values"].as_py(): one["counts"].as_py() for one in pc.value_counts(kinds)}
    return found == {kind.value: count for kind, count in counted.items() if count}


def _lines_of(batch: pa.RecordBatch, *, in_flight: bool) -> Iterator[Line]:
    keys = [name for name in batch.schema.names if name.startswith(_KEY)]
    for row in batch.to_pylist():
        if in_flight or not row["in_flight"]:
            key = tuple(row[name] for name in keys)
            sides = (row["source_value"], row["target_value"])
            yield line_of(key, row["difference_type"], row["column"], sides)

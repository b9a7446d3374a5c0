"""One part compared, and all parts added up to the result of the whole."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from smoke_pipeline.comparison.compare import Settled, conclude, find
from smoke_pipeline.comparison.findings.found import Found, Ranked, added_up
from smoke_pipeline.comparison.parts.dealing import Dealer, Part, PartSnapshot
from smoke_pipeline.comparison.parts.numbering import Places
from smoke_pipeline.comparison.parts.written import path_of_part, renumber
from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.errors import ComparisonError
from smoke_pipeline.readers.base import OnProgress
from smoke_pipeline.snapshots.base import Snapshot
from smoke_pipeline.snapshots.manifest import Side, SnapshotManifest


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFound:
    """What was found in one part of a comparison."""

    part: Part
    key: tuple[str, ...]
    source: SnapshotManifest
    """Of the whole source."""
    target: SnapshotManifest
    """Of the whole target."""
    found: Found


def compare_part(
    source: Snapshot, target: Snapshot, settled: Settled, part: Part, on_progress: OnProgress | None = None
) -> PartFound:
    """Compare the rows of a part; both snapshots are read to their ends.

    Where every difference is to be written down, those of the part are at `written.path_of_part`.

    Raises:
        ComparisonError: A value cannot be compared exactly.
        ReadError: A snapshot cannot be read.
        UploadError: A file is not a table.
        StorageFullError: There is no room for what does not fit into memory.
    """
    started, place = time.perf_counter(), settled.every_difference_at
    own = replace(settled, every_difference_at=path_of_part(place, part) if place else None)
    scratch = settled.limits.spill_folder
    with Places(scratch) as ours, Places(scratch) as theirs:
        found = find(
            PartSnapshot(source, part, Dealer(settled.plan, Side.SOURCE), ours),
            PartSnapshot(target, part, Dealer(settled.plan, Side.TARGET), theirs),
            own,
            on_progress,
        )
        places = {Side.SOURCE: ours, Side.TARGET: theirs}
        found = numbered(found, lambda side, numbers: places[side].in_whole(numbers))
        if own.every_difference_at:
            renumber(own.every_difference_at, lambda side, numbers: places[side].in_whole(numbers))
    engine = replace(found.engine, elapsed_s=time.perf_counter() - started)
    return PartFound(
        part=part,
        key=settled.plan.key,
        source=source.manifest,
        target=target.manifest,
        found=replace(found, engine=engine),
    )


def merge_parts(settled: Settled, parts: Iterable[PartFound]) -> ComparisonResult:
    """The result of the whole; one part at a time is held besides what was added up before.

    Raises:
        ComparisonError: The parts are not those of one comparison, each once.
    """
    total, seen, first = None, set(), None
    for one in parts:
        first = first or one
        _require_sibling(one, first, settled)
        if one.part.number in seen:
            raise _unsound(f"Part {one.part} stands twice among the parts.")
        seen.add(one.part.number)
        total = one.found if total is None else added_up(total, one.found, settled.max_mismatches)
    if first is None or total is None:
        raise _unsound("There are no parts to add up.")
    missing = sorted({*range(1, first.part.of + 1)} - seen)
    if missing:
        raise _unsound(f"Of {first.part.of} parts, these are missing: {', '.join(map(str, missing))}.")
    return conclude(settled, total, first.source, first.target)


def _require_sibling(one: PartFound, first: PartFound, settled: Settled) -> None:
    own = one.part.of, one.key, one.source, one.target
    if own != (first.part.of, settled.plan.key, first.source, first.target):
        raise _unsound(f"Part {one.part} is of another comparison than part {first.part}.")


def _unsound(message: str) -> ComparisonError:
    return ComparisonError(message, suggestions=("Compare all parts again.",))


def numbered(found: Found, in_whole: Callable[[Side, Iterable[int]], Mapping[int, int]]) -> Found:
    """The same with the rows' numbers in the whole.

    Args:
        found: What was found in a part, where rows are numbered as they stand in the part.
        in_whole: From a side and numbers in the part to those in the whole, each by the other.
    """
    rows = [one.it for one in found.differences]
    ours = in_whole(Side.SOURCE, [row.source_row for row in rows if row.source_row is not None])
    theirs = in_whole(Side.TARGET, [row.target_row for row in rows if row.target_row is not None])
    differences = tuple(
        Ranked(
            one.rank,
            replace(
                one.it,
                source_row=None if one.it.source_row is None else ours[one.it.source_row],
                target_row=None if one.it.target_row is None else theirs[one.it.target_row],
            ),
        )
        for one in found.differences
    )
    return replace(found, differences=differences)

"""What was found among rows, in a form that adds up: what two parts found is what both found together."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from smoke_pipeline.comparison.findings.tally import Tally, added
from smoke_pipeline.comparison.result import DifferenceKind, DuplicateGroup, EngineFacts, RowDifference

Rank = tuple[str | None, ...]
"""Texts that sort as canonical keys do, NULL first."""
_Thing = TypeVar("_Thing", RowDifference, DuplicateGroup)


@dataclass(frozen=True, slots=True)
class Ranked(Generic[_Thing]):
    """Something that was kept, with its place among all of its kind."""

    rank: Rank
    it: _Thing


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Complete counts, and the first differing rows and repeated keys in key order."""

    tally: Tally
    differences: tuple[Ranked[RowDifference], ...] = ()
    groups: tuple[Ranked[DuplicateGroup], ...] = ()
    engine: EngineFacts = field(default_factory=EngineFacts)


def added_up(one: Found, other: Found, most: int) -> Found:
    """What was found in both.

    Args:
        one: What was found among some rows.
        other: What was found among others; all rows of a key are in one of the two.
        most: Differing rows and repeated keys to keep.
    """
    differences = [*one.differences, *other.differences]
    return Found(
        tally=added(one.tally, other.tally),
        differences=_first_differences(differences, most),
        groups=_in_order([*one.groups, *other.groups])[:most],
        engine=_added_facts(one.engine, other.engine),
    )


def _first_differences(
    differences: list[Ranked[RowDifference]], most: int
) -> tuple[Ranked[RowDifference], ...]:
    """The kept rows: mismatched ones first have room, then one-sided ones."""
    mismatched = _in_order([one for one in differences if _is_mismatched(one)])[:most]
    one_sided = _in_order([one for one in differences if not _is_mismatched(one)])[: most - len(mismatched)]
    if not mismatched or not one_sided:
        return mismatched or one_sided
    kept = {id(one) for one in (*mismatched, *one_sided)}
    return _in_order([one for one in differences if id(one) in kept])


def _is_mismatched(ranked: Ranked[RowDifference]) -> bool:
    return ranked.it.kind is DifferenceKind.MISMATCHED


def _in_order(ranked: list[Ranked[_Thing]]) -> tuple[Ranked[_Thing], ...]:
    """Sorted by rank; those of one rank are of one part, and stay in its order."""
    return tuple(sorted(ranked, key=lambda one: [(text is not None, text or "") for text in one.rank]))


def _added_facts(one: EngineFacts, other: EngineFacts) -> EngineFacts:
    return EngineFacts(
        tier=one.tier if one.tier == other.tier else ", ".join(sorted({*one.tier.split(", "), other.tier})),
        chunks=one.chunks + other.chunks,
        spilled_bytes=one.spilled_bytes + other.spilled_bytes,
        residue_rows=one.residue_rows + other.residue_rows,
        judged_cells=one.judged_cells + other.judged_cells,
        elapsed_s=one.elapsed_s + other.elapsed_s,
        peak_memory_mb=max(one.peak_memory_mb, other.peak_memory_mb),
    )

"""A result with its values masked: counts, verdict and order stay as the comparison found them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from smoke_pipeline.comparison.result import (
    CellDifference,
    Cluster,
    ComparisonResult,
    DifferenceKind,
    DuplicateGroup,
    Proposal,
    RowDifference,
)
from smoke_pipeline.readers.reading import Guess, LeftOut
from smoke_pipeline.report.masking.masker import Masker
from smoke_pipeline.snapshots.manifest import SnapshotManifest

_TELLING = ("header", "preamble", "footer")
"""Guesses whose evidence may quote what stands in the file."""
_UNTOLD = "not told, for values are masked"


def masked_result(result: ComparisonResult, masker: Masker | None) -> ComparisonResult:
    """The result as it is shown, written down and sent on; nothing of it was compared again."""
    if masker is None:
        return result
    return replace(
        result,
        source=masked_manifest(result.source, masker),
        target=masked_manifest(result.target, masker),
        duplicate_groups=tuple(_group(one, result.key, masker) for one in result.duplicate_groups),
        explanation=tuple(_cluster(one, masker) for one in result.explanation),
        differences=tuple(_difference(one, result.key, masker) for one in result.differences),
        masked_columns=tuple(sorted({*_masked_columns(result, masker)})),
    )


def masked_manifest(manifest: SnapshotManifest, masker: Masker | None) -> SnapshotManifest:
    """The facts of a side, without the lines of a file that they quote."""
    reading = manifest.reading
    if masker is None or reading is None:
        return manifest
    return replace(
        manifest,
        reading=replace(
            reading,
            guesses=tuple(_guess(one) for one in reading.guesses),
            preamble=_left_out(reading.preamble, masker),
            footer=_left_out(reading.footer, masker),
        ),
    )


def _guess(guess: Guess) -> Guess:
    return replace(guess, evidence=_UNTOLD) if guess.what in _TELLING else guess


def _left_out(lines: LeftOut | None, masker: Masker) -> LeftOut | None:
    return replace(lines, start=masker.token(lines.start)) if lines else None


def _group(group: DuplicateGroup, key: tuple[str, ...], masker: Masker) -> DuplicateGroup:
    return replace(group, key=_key(key, group.key, masker))


def _difference(row: RowDifference, key: tuple[str, ...], masker: Masker) -> RowDifference:
    return replace(
        row,
        key=_key(key, row.key, masker),
        cells=tuple(_cell(one, masker) for one in row.cells),
        values=masker.mask_row(row.values),
    )


def _key(names: tuple[str, ...], values: tuple[str | None, ...], masker: Masker) -> tuple[str | None, ...]:
    return masker.mask_key(names, values) if values else ()


def _cell(cell: CellDifference, masker: Masker) -> CellDifference:
    return replace(
        cell,
        source=masker.mask(cell.column, cell.source, cell.target),
        target=masker.mask(cell.column, cell.target, cell.source),
    )


def _cluster(cluster: Cluster, masker: Masker) -> Cluster:
    """A cluster without what it tells of the values, where they are masked."""
    column, proposal = cluster.column, cluster.proposal
    quoted = [cluster.shared, *(_texts(proposal.options) if proposal else ())]
    if not masker.hides(column, cluster.source, cluster.target, *quoted):
        return cluster
    return replace(
        cluster,
        shared=None,
        shared_by=0,
        source=None if cluster.source is None else masker.token(cluster.source),
        target=None if cluster.target is None else masker.token(cluster.target),
        sentence=_sentence(cluster),
        proposal=proposal if proposal and _quotes_nothing(proposal) else None,
    )


def _sentence(cluster: Cluster) -> str:
    """How many they are and of which pattern, and nothing of what they are."""
    how_many = f"{cluster.cells:,} of {cluster.of:,} differences"
    if cluster.cells == cluster.of:
        how_many = f"all {cluster.of:,} differences" if cluster.of > 1 else "the only difference"
    verb = "shows" if cluster.cells == 1 else "show"
    what = f"the pattern {cluster.pattern.replace('_', ' ')}" if cluster.pattern else "no known pattern"
    return f"{how_many} {verb} {what}."


def _quotes_nothing(proposal: Proposal) -> bool:
    """Whether a proposal says no more than what kind of rule helps: no word, no number of the data."""
    return all(text == "nfc" for text in _texts(proposal.options.get("rules", {})))


def _texts(value: Any) -> Iterator[str]:
    """Every text and number within."""
    if isinstance(value, dict):
        inner: Iterable[Any] = value.values()
    elif isinstance(value, list | tuple):
        inner = value
    else:
        if value is not None and not isinstance(value, bool):
            yield str(value)
        return
    for one in inner:
        yield from _texts(one)


def _masked_columns(result: ComparisonResult, masker: Masker) -> Iterator[str]:
    """The columns of which a value was masked in the list of differences or of repeated keys."""
    for row in result.differences:
        yield from _hidden(zip(result.key, row.key, strict=False), masker)
        if row.kind is DifferenceKind.MISMATCHED:
            yield from (one.column for one in row.cells if masker.hides(one.column, one.source, one.target))
        yield from _hidden(row.values.items(), masker)
    for group in result.duplicate_groups:
        yield from _hidden(zip(result.key, group.key, strict=False), masker)
    yield from (one.column for one in result.explanation if masker.hides(one.column, one.source, one.target))


def _hidden(cells: Iterable[tuple[str, str | None]], masker: Masker) -> Iterator[str]:
    return (name for name, value in cells if value is not None and masker.hides(name, value))

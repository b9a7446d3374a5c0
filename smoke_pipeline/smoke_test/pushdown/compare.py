"""Compare two tables in their database: what checksums do not settle is read, and judged as ever."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from smoke_pipeline.comparison.compare import Settled, conclude, find, settle
from smoke_pipeline.comparison.engine.pulse import Pulse
from smoke_pipeline.comparison.findings.found import Found
from smoke_pipeline.comparison.parts.summing import numbered
from smoke_pipeline.comparison.parts.written import renumber
from smoke_pipeline.comparison.result import ComparisonResult, KeyEvidence, KeyMode
from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.errors import InvalidOptionError, ObjectChangedError
from smoke_pipeline.readers.base import OnProgress
from smoke_pipeline.readers.tables.reader import opened_pair
from smoke_pipeline.smoke_test.places import TablePlace, Whereabouts, place_at
from smoke_pipeline.smoke_test.pushdown.heading import Heading, manifest_of
from smoke_pipeline.smoke_test.pushdown.limits import the_one_database, why_read
from smoke_pipeline.smoke_test.pushdown.sums import Summed, Tables, summed
from smoke_pipeline.smoke_test.spec import SideSpec
from smoke_pipeline.snapshots.base import InPlaceSnapshot, Snapshot
from smoke_pipeline.snapshots.manifest import Side, SnapshotManifest
from smoke_pipeline.snapshots.scratch import scratch_below
from smoke_pipeline.snapshots.store import open_snapshot, take_snapshot

Places = Mapping[Side, TablePlace]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What is known once both tables are open."""

    tables: Tables
    places: Places
    settled: Settled
    chunk_rows: int
    scratch: Path
    on_progress: OnProgress


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What the checksums told."""

    sums: Summed | None
    """None where none were taken."""
    why_read: str | None
    """Why all rows are read nonetheless."""

    @property
    def narrowing(self) -> Summed | None:
        """The checksums, where they spare reading rows."""
        return None if self.why_read else self.sums

    @property
    def segments_read(self) -> int:
        """How many segments are read."""
        if self.sums is None:
            return 0
        return len(self.sums.differing) if self.narrowing else self.sums.segments


def compare_in_database(
    sides: tuple[SideSpec, SideSpec],
    spec: ComparisonSpec,
    where: Whereabouts,
    *,
    on_progress: OnProgress | None = None,
    segments: int | None = None,
) -> ComparisonResult:
    """Compare two tables of one database in one transaction, and read no more of them than need be.

    Args:
        sides: Source and target.
        spec: The options.
        where: What tells where the database is.
        on_progress: Told how far this has come; what it raises ends the comparison.
        segments: Into how many segments the tables are cut; it never changes the answer.

    Raises:
        OptionError: The sides are not tables of one database, or an option cannot be used with them.
        ComparisonError: The tables cannot be compared.
        ReadError: The database does not let us read.
        StorageFullError: There is no room for what must be read.
    """
    started = time.perf_counter()
    source, target = the_one_database(*(place_at(side, where) for side in sides))
    places = {Side.SOURCE: source, Side.TARGET: target}
    comparison = where.settings.comparison
    with (
        opened_pair(source.database, (source.side, target.side)) as pair,
        scratch_below(comparison.spill_dir) as scratch,
    ):
        tables = dict(zip(Side, pair, strict=True))
        work = _Work(
            tables=tables,
            places=places,
            settled=_settled(tables, places, spec, where),
            chunk_rows=comparison.chunk_rows,
            scratch=scratch.path,
            on_progress=Pulse(on_progress) if on_progress else (lambda _: None),
        )
        result = _compared(work, segments)
    return replace(result, engine=replace(result.engine, elapsed_s=time.perf_counter() - started))


def _settled(tables: Tables, places: Places, spec: ComparisonSpec, where: Whereabouts) -> Settled:
    """What is settled before rows are compared; a key that shall be found is the one of the catalogue."""
    is_auto = spec.key == "auto"
    if is_auto:
        spec = spec.model_copy(update={"key": _primary_key(tables, spec.renames)})
    settled = settle(
        Heading(tables[Side.SOURCE], places[Side.SOURCE].origin),
        Heading(tables[Side.TARGET], places[Side.TARGET].origin),
        spec,
        settings=where.settings.comparison,
        rulesets=where.settings.rulesets,
    )
    if not is_auto:
        return settled
    evidence = KeyEvidence(
        columns=settled.plan.key, common_keys=0, reason="It is the primary key of both tables."
    )
    return replace(settled, key_mode=KeyMode.AUTO, key_evidence=evidence)


def _primary_key(tables: Tables, renames: Mapping[str, str]) -> tuple[str, ...]:
    ours = tables[Side.SOURCE].primary_key()
    theirs = tuple(renames.get(name, name) for name in tables[Side.TARGET].primary_key())
    if not ours or set(ours) != set(theirs):
        raise InvalidOptionError(
            "The tables have no primary key in common, and in the database no other key is looked for.",
            suggestions=("Name the key columns with --key.", "Read the tables: --engine local."),
        )
    return ours


def _compared(work: _Work, segments: int | None) -> ComparisonResult:
    told = _told(work, segments)
    snapshots = {side: _rows(work, side, told.narrowing) for side in Side}
    rows = {side: _rows_of(one) for side, one in snapshots.items()}
    _require_same_moment(work, told, rows)
    found = find(snapshots[Side.SOURCE], snapshots[Side.TARGET], work.settled, work.on_progress)
    if told.narrowing:
        found = _completed(found, told.narrowing, work.settled)
    engine = replace(
        found.engine,
        tier="pushdown",
        fallback=told.why_read,
        segments=told.sums.segments if told.sums else 0,
        segments_read=told.segments_read,
        rows_read=sum(rows.values()),
    )
    manifests = (_manifest(work, side, snapshots[side], told) for side in Side)
    return conclude(_with_evidence(work.settled, found), replace(found, engine=engine), *manifests)


def _told(work: _Work, segments: int | None) -> _Told:
    """What the checksums tell, where they can be taken and say what the comparison would."""
    if reason := why_read(work.settled.plan) or _not_summed(work):
        return _Told(sums=None, why_read=reason)
    sums = summed(work.tables, work.settled.plan, segments, work.on_progress)
    return _Told(sums=sums, why_read=sums.why_read)


def _not_summed(work: _Work) -> str | None:
    for side, table in work.tables.items():
        names = [table.schema.names[column.position_of(side)] for column in work.settled.plan.columns]
        if reason := table.not_summed(names):
            return reason
    return None


def _rows(work: _Work, side: Side, sums: Summed | None) -> Snapshot:
    """The rows that must be read, on this machine: those of some segments, or all."""
    table, origin = work.tables[side], work.places[side].origin
    if sums is not None:
        if not sums.rows_to_read[side]:
            return Heading(table, origin)
        chosen = sums.chosen(side)
        table = table if chosen is None else table.only(sums.cuts[side], chosen)
    take_snapshot(
        InPlaceSnapshot(table, side, origin=origin),
        side,
        work.scratch,
        chunk_rows=work.chunk_rows,
        now=partial(datetime.now, UTC),
        on_progress=work.on_progress,
    )
    return open_snapshot(work.scratch, side)


def _rows_of(snapshot: Snapshot) -> int:
    return 0 if isinstance(snapshot, Heading) else snapshot.manifest.rows


def _manifest(work: _Work, side: Side, read: Snapshot, told: _Told) -> SnapshotManifest:
    """What is known of a side: all of its rows, and the size of those that were read."""
    return manifest_of(
        work.tables[side],
        side,
        origin=work.places[side].origin,
        rows=_rows_of(read) + (told.narrowing.same_rows if told.narrowing else 0),
        size_bytes=0 if isinstance(read, Heading) else read.manifest.size_bytes,
    )


def _require_same_moment(work: _Work, told: _Told, rows: Mapping[Side, int]) -> None:
    """Refuse rows that are not those that were summed up, as in a table that knows no transactions."""
    if told.sums is None:
        return
    summed_up = told.sums.rows_to_read if told.narrowing else told.sums.rows
    for side, expected in summed_up.items():
        if rows[side] != expected:
            raise ObjectChangedError(
                f"{work.places[side].origin} gave {rows[side]:,} rows where {expected:,} were summed up.",
                suggestions=("Wait until whoever writes the table is done, then try again.",),
            )


def _completed(found: Found, sums: Summed, settled: Settled) -> Found:
    """With the rows whose segments are the same; a row that was not read with all others has no number."""
    if settled.every_difference_at:
        renumber(settled.every_difference_at, _nowhere)
    found = numbered(found, _nowhere)
    found.tally.matched += sums.same_rows
    return found


def _nowhere(_: Side, numbers: Iterable[int]) -> Mapping[int, Any]:
    return dict.fromkeys(numbers)


def _with_evidence(settled: Settled, found: Found) -> Settled:
    if settled.key_evidence is None:
        return settled
    common = found.tally.matched + found.tally.mismatched
    return replace(settled, key_evidence=replace(settled.key_evidence, common_keys=common))

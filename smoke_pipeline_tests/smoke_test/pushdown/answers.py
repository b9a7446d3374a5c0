"""The same pair of tables compared twice: in the database, and by the engine on snapshots."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from smoke_pipeline.comparison.compare import compare_snapshots
from smoke_pipeline.comparison.options import parse_spec
from smoke_pipeline.comparison.result import ComparisonResult, EngineFacts
from smoke_pipeline.readers.base import OnProgress
from smoke_pipeline.settings.connections import Database
from smoke_pipeline.settings.model import Preset, Settings
from smoke_pipeline.smoke_test.places import Whereabouts, place_at
from smoke_pipeline.smoke_test.pushdown.compare import compare_in_database
from smoke_pipeline.smoke_test.spec import TableSide
from smoke_pipeline.snapshots.base import InPlaceSnapshot
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline.snapshots.scratch import scratch_below
from smoke_pipeline.snapshots.store import open_snapshot, take_snapshot

Asked = dict[str, Any]


@dataclass(frozen=True)
class Pair:
    """Two tables, `a` and `b`, of one database."""

    kind: str
    database: Database
    fill: Callable[..., None]

    def given(self, **settings: Any) -> "Pair":
        """The same with other settings of the database."""
        return Pair(self.kind, self.database.model_copy(update=settings), self.fill)

    def where(self, **comparison: Any) -> Whereabouts:
        """What tells where they are."""
        preset = Preset.model_validate({self.kind: {"main": self.database}})
        settings = Settings.model_validate(
            {"presets": {"development": preset}, "comparison": {"spill_dir": None, **comparison}}
        )
        return Whereabouts(settings=settings)

    def sides(self, source: Asked | None = None, target: Asked | None = None) -> tuple[TableSide, TableSide]:
        """Both tables, or what else was asked for of them."""
        asked = {"table": "a"} if source is None else source, {"table": "b"} if target is None else target
        one, other = (TableSide(database=f"{self.kind}.main", **values) for values in asked)
        return one, other

    def pushed(
        self,
        *sides: Asked,
        segments: int | None = None,
        on_progress: OnProgress | None = None,
        mismatches_dir: Path | None = None,
        **options: Any,
    ) -> ComparisonResult:
        """What comparing in the database says."""
        return compare_in_database(
            self.sides(*sides),
            parse_spec(options),
            self.where(mismatches_dir=mismatches_dir),
            segments=segments,
            on_progress=on_progress,
        )

    def read(self, *sides: Asked, **options: Any) -> ComparisonResult:
        """What the engine says of snapshots."""
        where = self.where()
        with scratch_below(None) as scratch:
            for side, table in zip(Side, self.sides(*sides), strict=True):
                place = place_at(table, where)
                with place.opened(parse_spec(options).read_options(side), scratch.path) as reader:
                    take_snapshot(
                        InPlaceSnapshot(reader, side, origin=place.origin),
                        side,
                        scratch.path,
                        chunk_rows=100,
                        now=partial(datetime.now, UTC),
                    )
            return compare_snapshots(
                *(open_snapshot(scratch.path, side) for side in Side),
                parse_spec(options),
                settings=where.settings.comparison,
            )


def facts(result: ComparisonResult) -> ComparisonResult:
    """All that two ways to compare must agree on: not how it was done, nor the numbers of rows."""
    return replace(
        result,
        engine=EngineFacts(),
        source=replace(result.source, size_bytes=0, version=None, taken_at=None, seconds=None),
        target=replace(result.target, size_bytes=0, version=None, taken_at=None, seconds=None),
        differences=tuple(replace(one, source_row=None, target_row=None) for one in result.differences),
    )


def fall(result: ComparisonResult) -> tuple[int, int, int, int]:
    """Matched, mismatched, source-only, target-only."""
    counts = result.counts
    return counts.matched, counts.mismatched, counts.source_only, counts.target_only

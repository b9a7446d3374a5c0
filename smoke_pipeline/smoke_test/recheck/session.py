"""The recheck of a session's comparison: its places, its snapshots and its options put together."""

from collections.abc import Mapping

from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.comparison.spec import MISMATCHES_FILE
from smoke_pipeline.history.records import SessionRecord
from smoke_pipeline.readers.base import OnProgress
from smoke_pipeline.settings.model import ComparisonSettings
from smoke_pipeline.smoke_test.places import place_of, tables_of
from smoke_pipeline.smoke_test.recheck.again import Again, rechecked
from smoke_pipeline.smoke_test.surroundings import Surroundings, spec_of
from smoke_pipeline.smoke_test.turns.reading import in_turn
from smoke_pipeline.snapshots.base import Snapshot
from smoke_pipeline.snapshots.manifest import Side


def rechecked_session(
    result: ComparisonResult,
    session: SessionRecord,
    snapshots: Mapping[Side, Snapshot],
    settings: ComparisonSettings,
    around: Surroundings,
    on_progress: OnProgress | None = None,
) -> ComparisonResult:
    """The result of a session's comparison, with a recheck where the session asks for one."""
    spec, folder = spec_of(session), around.folder(session)
    if spec.comparison.recheck is None:
        return result
    where = around.whereabouts(session.preset)
    return rechecked(
        result,
        Again(
            snapshots=snapshots,
            tables=tables_of({side: place_of(spec, side, where) for side in Side}),
            spec=spec.comparison,
            settings=settings,
            rulesets=around.settings.rulesets,
            every_difference_at=folder / MISMATCHES_FILE if spec.comparison.all_mismatches else None,
            on_progress=on_progress,
            turn_at=lambda place: in_turn((place,), around, on_progress),
        ),
    )

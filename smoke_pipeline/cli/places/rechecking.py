"""The recheck of `smoke compare`: refused before anything is read, or done while both sides are at hand."""

from collections.abc import Sequence

from smoke_pipeline.cli.places.opening import Opening
from smoke_pipeline.cli.progress import each_stage
from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.comparison.spec import MISMATCHES_FILE, ComparisonSpec
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.smoke_test.places import Place, Whereabouts, place_at, tables_of
from smoke_pipeline.smoke_test.recheck.again import Again, rechecked
from smoke_pipeline.smoke_test.recheck.wanted import require_recheckable
from smoke_pipeline.smoke_test.spec import SideSpec
from smoke_pipeline.snapshots.base import Snapshot
from smoke_pipeline.snapshots.manifest import Side


def require_engine(spec: ComparisonSpec, engine: str) -> None:
    """Refuse a recheck of what another engine compares.

    Raises:
        InvalidOptionError: One was asked for.
    """
    if spec.recheck is not None and engine != "local":
        raise InvalidOptionError(
            f"A recheck is part of the local engine, and the engine is {engine}.",
            suggestions=("Leave --recheck out.", "Leave --engine out."),
        )


def places_for_recheck(
    spec: ComparisonSpec, chosen: Sequence[SideSpec], where: Whereabouts
) -> dict[Side, Place]:
    """The places of both sides; none where no recheck was asked for.

    Raises:
        InvalidOptionError: There is no key to ask for, or no table to ask.
        SettingsError: The settings do not know the store or the database.
    """
    if spec.recheck is None:
        return {}
    places = {side: place_at(one, where) for side, one in zip(Side, chosen, strict=True)}
    require_recheckable(spec, places)
    return places


def rechecked_here(
    result: ComparisonResult,
    spec: ComparisonSpec,
    snapshots: Sequence[Snapshot],
    places: dict[Side, Place],
    how: Opening,
) -> ComparisonResult:
    """The result with a recheck where one was asked for; who sees no progress is told of the wait."""
    if not places:
        return result
    settings = how.settings.comparison
    folder = settings.mismatches_dir if spec.all_mismatches else None
    return rechecked(
        result,
        Again(
            snapshots=dict(zip(Side, snapshots, strict=True)),
            tables=tables_of(places),
            spec=spec,
            settings=settings,
            rulesets=how.settings.rulesets,
            every_difference_at=folder / MISMATCHES_FILE if folder else None,
            on_progress=how.on_progress or each_stage(),
        ),
    )

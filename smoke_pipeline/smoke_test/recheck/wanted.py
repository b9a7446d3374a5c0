"""Whether a recheck can be, before anything is compared; nothing here needs the engine."""

from collections.abc import Mapping

from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.settings.model import ComparisonSettings
from smoke_pipeline.smoke_test.places import Place, Whereabouts, place_of, tables_of
from smoke_pipeline.smoke_test.spec import SessionSpec
from smoke_pipeline.snapshots.manifest import Side


def require_recheckable_session(spec: SessionSpec, where: Whereabouts) -> None:
    """Refuse early a recheck that the session asks for and that cannot be.

    Raises:
        InvalidOptionError: There is no key to ask for, or no table to ask.
        SettingsError: The settings do not know the store or the database.
    """
    if spec.comparison.recheck is not None and spec.source is not None:
        require_recheckable(spec.comparison, {side: place_of(spec, side, where) for side in Side})


def require_recheckable(spec: ComparisonSpec, places: Mapping[Side, Place]) -> None:
    """Refuse early a recheck that was asked for and cannot be.

    Raises:
        InvalidOptionError: There is no key to ask for, or no table to ask.
    """
    if not spec.key:
        raise InvalidOptionError(
            "A recheck reads differing rows again by their key, and there is no key.",
            suggestions=("Name the key columns with --key, or let them be found with --key auto.",),
        )
    if not tables_of(places):
        raise InvalidOptionError(
            "A recheck reads differing rows again from a table, and neither side is one.",
            suggestions=("Leave --recheck out.", "Name a table like mysql.warehouse:orders."),
        )


def keeping_enough(spec: ComparisonSpec, settings: ComparisonSettings) -> ComparisonSpec:
    """The options with which enough differing rows are kept to be read again."""
    if spec.recheck is None:
        return spec
    return spec.model_copy(
        update={"max_mismatches": max(most_kept(spec, settings), settings.recheck_max_keys)}
    )


def most_kept(spec: ComparisonSpec, settings: ComparisonSettings) -> int:
    """How many differing rows are kept in the end."""
    return settings.max_mismatches if spec.max_mismatches is None else spec.max_mismatches

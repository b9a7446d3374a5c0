"""A session whose order comes piece by piece: a side is named, then the other, then how they are compared.

What was done with the old piece is open again: a side that is named anew has to be taken anew, and other
options ask for another comparison.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.history.records import SessionRecord
from smoke_pipeline.smoke_test.access.permissions import session_to_change
from smoke_pipeline.smoke_test.lifecycle import Act, move_back, require_open
from smoke_pipeline.smoke_test.places import pinned, place_of
from smoke_pipeline.smoke_test.recheck.wanted import require_recheckable_session
from smoke_pipeline.smoke_test.signals.looking import with_mark
from smoke_pipeline.smoke_test.spec import SessionSpec, SideSpec
from smoke_pipeline.smoke_test.surroundings import Surroundings, spec_of
from smoke_pipeline.snapshots.manifest import Side


def name_side(session_id: str, side: Side, named: SideSpec, around: Surroundings) -> SessionRecord:
    """Say where a side of the session lies; it is looked at now, and taken later.

    Raises:
        SessionError: The session does not exist, is closed, or was moved meanwhile.
        PermissionDeniedError: Who asks may not change it.
        ReadError: There is nothing at that place, or it cannot be read.
        UploadError: What is there is not a table.
        InvalidOptionError: An upload's path leaves the upload folder, or a parameter cannot be part of a key.
        SettingsError: The settings do not know the store or the database.
    """
    session = session_to_change(session_id, around)
    require_open(session)
    spec = spec_of(session).model_copy(update={str(side): pinned(named)})
    where = around.whereabouts(session.preset)
    place_of(spec, side, where).require(spec.comparison.read_options(side))
    if spec.source is not None and named != getattr(spec_of(session), side):
        spec = with_mark(spec, where)
    return _changed(session, spec, Act.taking(side), around)


def set_comparison(session_id: str, comparison: ComparisonSpec, around: Surroundings) -> SessionRecord:
    """Say how the two sides of the session are compared, from now on.

    Raises:
        SessionError: The session does not exist, is closed, or was moved meanwhile.
        PermissionDeniedError: Who asks may not change it.
        InvalidOptionError: A recheck has no key or no table.
    """
    session = session_to_change(session_id, around)
    require_open(session)
    spec = spec_of(session).model_copy(update={"comparison": comparison})
    require_recheckable_session(spec, around.whereabouts(session.preset))
    return _changed(session, spec, Act.COMPARE, around)


def _changed(session: SessionRecord, spec: SessionSpec, reopens: Act, around: Surroundings) -> SessionRecord:
    """The session with its new order, back where it waits for the act that the order is about."""
    order: Mapping[str, Any] = spec.model_dump(mode="json")
    if order == session.spec:
        return session
    return around.history.move(replace(move_back(session, reopens), spec=order))

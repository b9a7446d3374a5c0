"""How a session begins: everything that can be refused early is refused before a row is written."""

from smoke_pipeline.history.records import SessionRecord
from smoke_pipeline.report.formats.registry import chosen_formats
from smoke_pipeline.smoke_test.access.permissions import require_starting
from smoke_pipeline.smoke_test.lifecycle import new_session_id, session_folder
from smoke_pipeline.smoke_test.places import name_of, pinned, place_of, refuse_one_place
from smoke_pipeline.smoke_test.recheck.wanted import require_recheckable_session
from smoke_pipeline.smoke_test.signals.looking import with_mark
from smoke_pipeline.smoke_test.spec import SessionSpec
from smoke_pipeline.smoke_test.surroundings import Surroundings
from smoke_pipeline.snapshots.manifest import Side


def start_session(
    spec: SessionSpec, around: Surroundings, *, at_once: bool = False, session_id: str | None = None
) -> SessionRecord:
    """Write down a new session that waits for its source.

    Args:
        spec: What the session is asked to do; without a source, it is named later with `changing.name_side`.
        around: Where it is done, and who asks.
        at_once: Whether both sides will be taken without an ETL between, so that both must be there.
        session_id: Its id, for who must be able to find it again; default: of its type and this moment.

    Raises:
        ReadError: A file that is needed now is not there or cannot be read.
        UploadError: A file that is needed now is not a table.
        UnknownPresetError: There is no such preset.
        InvalidOptionError: An upload's path leaves the upload folder, a recheck has no key or no table, or
            there is no such report format.
        SessionStateError: Both sides are to be taken at once from the same place.
        PermissionDeniedError: Who asks may not start sessions, or not by that preset.
    """
    preset_name = spec.preset or around.settings.default_preset
    around.comparison_settings(preset_name)
    require_starting(around.identity, preset_name, around.settings)
    if spec.formats is not None:
        chosen_formats(spec.formats)
    order = _settled(spec, preset_name)
    if order.source is None:
        return around.history.create_session(_record(order, preset_name, around, session_id))
    require_recheckable_session(order, around.whereabouts(preset_name))
    if at_once:
        require_both(order, around)
    else:
        _require(order, Side.SOURCE, around)
        with_mark(order, around.whereabouts(preset_name))  # what cannot be watched is refused now
    return around.history.create_session(_record(order, preset_name, around, session_id))


def require_both(spec: SessionSpec, around: Surroundings) -> None:
    """Refuse a session whose sides cannot be taken at once.

    Raises:
        SessionStateError: Both sides are the same place.
        ReadError: A file is not there or cannot be read.
        UploadError: A file is not a table.
        InvalidOptionError: An upload's path leaves the upload folder.
    """
    refuse_one_place(spec, around.whereabouts(spec.preset))
    for side in Side:
        _require(spec, side, around)


def _require(spec: SessionSpec, side: Side, around: Surroundings) -> None:
    """Refuse a side that is no table as it lies there now."""
    place_of(spec, side, around.whereabouts(spec.preset)).require(spec.comparison.read_options(side))


def _settled(spec: SessionSpec, preset_name: str) -> SessionSpec:
    """The order with everything filled in that must not change later."""
    return spec.model_copy(
        update={
            "preset": preset_name,
            "test_name": spec.test_name or (name_of(spec.source) if spec.source else spec.test_type),
            "source": pinned(spec.source) if spec.source else None,
            "target": pinned(spec.target) if spec.target else None,
        }
    )


def _record(
    spec: SessionSpec, preset_name: str, around: Surroundings, session_id: str | None
) -> SessionRecord:
    now = around.now()
    session_id = session_id or new_session_id(spec.test_type, now)
    return SessionRecord(
        session_id=session_id,
        test_type=spec.test_type,
        test_name=spec.test_name,
        preset=preset_name,
        spec=spec.model_dump(mode="json"),
        test_folder=session_folder(spec.test_type, session_id),
        client_id=around.identity.client_id,
        created_at=now,
        updated_at=now,
    )

"""Places that are looked at again and again: an object, the row of a query, a file."""

import json
from collections.abc import Callable
from pathlib import Path

from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline.settings.presets import database, object_store
from smoke_pipeline.smoke_test.orders.etl import Mark, MarkerEtl, ObjectEtl, WatchedEtl, WatermarkEtl
from smoke_pipeline.smoke_test.places import ObjectPlace, Whereabouts, absolute, place_at, place_of
from smoke_pipeline.smoke_test.spec import ObjectSide, SessionSpec
from smoke_pipeline.snapshots.manifest import Side, SnapshotManifest

Look = Callable[[SessionSpec, Whereabouts], Mark]


def look(spec: SessionSpec, where: Whereabouts) -> Mark:
    """What the place that the session watches holds now.

    Raises:
        ReadError: The store or the database does not answer, does not let us in, or refuses.
        OptionError: The order names nothing that can be watched.
        SettingsError: The settings do not know the store or the database.
    """
    match spec.etl:
        case ObjectEtl():
            return _object(watched_object(spec, where))
        case WatermarkEtl() as etl:
            return _watermark(etl, where)
        case MarkerEtl(path=path):
            return _file(absolute(path))
        case _:
            raise InvalidOptionError(f"Nothing is watched for an ETL of the kind {spec.etl.kind}.")


def with_mark(spec: SessionSpec, where: Whereabouts, *, look: Look = look) -> SessionSpec:
    """The order with what its watched place holds now, from which the event will be told.

    Raises:
        ReadError: The store or the database does not answer, does not let us in, or refuses.
        OptionError: The order names nothing that can be watched.
        SettingsError: The settings do not know the store or the database.
    """
    if not isinstance(spec.etl, WatchedEtl):
        return spec
    etl = spec.etl.model_copy(update={"since": look(spec, where)})
    return spec.model_copy(update={"etl": etl})


def is_event(spec: SessionSpec, seen: Mark, source: SnapshotManifest | None) -> bool:
    """Whether what is seen now tells that the ETL has run since the source was taken.

    Args:
        spec: The session's order, with the mark of then.
        seen: What the watched place holds now.
        source: The snapshot of the source; an object that is the source's own must differ from it.
    """
    since = spec.etl.since if isinstance(spec.etl, WatchedEtl) else None
    if seen.value is None or since is None or since.place != seen.place or seen.value == since.value:
        return False
    is_same_object = isinstance(spec.etl, ObjectEtl) and source is not None and source.origin == seen.place
    return not (is_same_object and source is not None and source.version == seen.value)


def watched_object(spec: SessionSpec, where: Whereabouts) -> ObjectPlace:
    """The object that the session watches.

    Raises:
        InvalidOptionError: The order names none, and its target is none.
        SettingsError: The settings do not know the store.
        SessionStateError: Nobody has said yet where the source lies.
    """
    named = spec.etl.request() if isinstance(spec.etl, ObjectEtl) else None
    if named is not None:
        object_store(where.preset)
        found = place_at(ObjectSide.model_validate(named.model_dump()), where)
    else:
        found = place_of(spec, Side.TARGET, where)
    if not isinstance(found, ObjectPlace):
        raise InvalidOptionError(
            "The ETL signal `object` has no object to watch: the target is none, and no key is named.",
            suggestions=("Name `bucket` and `key` of `etl`.", "Choose another signal, such as `marker`."),
        )
    return found


def _object(place: ObjectPlace) -> Mark:
    from smoke_pipeline.readers.storagegrid.objects import version_of  # noqa: PLC0415 - slow

    return Mark(place=place.origin, value=version_of(place.store, place.located))


def _watermark(etl: WatermarkEtl, where: Whereabouts) -> Mark:
    from smoke_pipeline.readers.tables.reader import opened_table  # noqa: PLC0415 - slow

    request = TableRequest(database=etl.database, query=etl.query, max_rows=1)
    rows: list[dict[str, object]] = []
    with opened_table(database(where.preset, etl.database), request) as reader:
        for batch in reader.batches(2):
            rows += batch.to_pylist()
    values = [None if value is None else str(value) for row in rows[:1] for value in row.values()]
    written = json.dumps(values, ensure_ascii=False) if any(value is not None for value in values) else None
    return Mark(place=f"{etl.database}:{etl.query}", value=written)


def _file(path: Path) -> Mark:
    try:
        found = path.stat()
    except OSError:
        return Mark(place=str(path))
    return Mark(place=str(path), value=f"{found.st_ino}:{found.st_size}:{found.st_mtime_ns}")

"""How many runs may read from a server at once, whatever the presets call it."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from smoke_pipeline.settings.connections import Connection, MySql, Oracle, Postgres, StorageGrid
from smoke_pipeline.settings.model import Settings

READS_TAG = "smoke/reads."
"""The beginning of the tags of a run, one for each server it reads from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """How many may have a turn at something at once."""

    name: str
    """What a person calls it."""
    key: str
    """What it is, the same for everybody who means it."""
    most: int

    @property
    def tag(self) -> str:
        """The tag of runs that want a turn at it; no word of the key is in it."""
        return READS_TAG + hashlib.sha256(self.key.encode()).hexdigest()[:12]


def bound_at(name: str, connection: Connection) -> Bound:
    """How many may read at once from the server of a connection, by whatever name."""
    match connection:
        case MySql() | Postgres():
            where, most = f"{connection.host}:{connection.port}", connection.max_runs
        case Oracle():
            where, most = connection.dsn, connection.max_runs
        case StorageGrid():
            where, most = connection.endpoint_url or connection.region, connection.max_runs
        case _:
            raise TypeError(f"Nothing is read from {type(connection).__name__}.")
    return Bound(name=name, key=f"reads {type(connection).__name__} {where}".lower(), most=most)


def queue_limits(settings: Settings) -> Mapping[str, int]:
    """Tag of a server -> runs that are begun at once which read from it; twice those that may read.

    A run compares after it has read, and another one may read meanwhile.
    """
    limits: dict[str, int] = {}
    for bound in _bounds(settings):
        limits[bound.tag] = max(limits.get(bound.tag, 0), 2 * bound.most)
    return limits


def _bounds(settings: Settings) -> Iterator[Bound]:
    for preset in settings.presets.values():
        for named in (preset.mysql, preset.postgres, preset.oracle):
            yield from (bound_at(name, connection) for name, connection in named.items())
        if preset.storagegrid is not None:
            yield bound_at("storagegrid", preset.storagegrid)

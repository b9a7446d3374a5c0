"""Where the two sides of a session lie, and how each is read."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, assert_never

from smoke_pipeline.errors import InvalidOptionError, SessionStateError
from smoke_pipeline.readers.base import OnProgress, Reader, ReadOptions
from smoke_pipeline.readers.storagegrid.keys import Located, locate
from smoke_pipeline.settings.connections import Database, StorageGrid
from smoke_pipeline.settings.model import Preset, Settings, UploadSettings
from smoke_pipeline.settings.presets import database, object_store, preset
from smoke_pipeline.smoke_test.spec import (
    ObjectSide,
    PathSide,
    SessionSpec,
    SideSpec,
    TableSide,
    UploadSide,
)
from smoke_pipeline.snapshots.manifest import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """What tells where sides lie: the settings, the preset, and the folder of uploads."""

    settings: Settings
    preset_name: str | None = None
    uploads: Path | None = None
    """None where nobody can hand in files."""

    @property
    def preset(self) -> Preset:
        """The preset of the session.

        Raises:
            UnknownPresetError: There is none of that name.
        """
        return preset(self.settings, self.preset_name)


class Place(ABC):
    """Where one side lies."""

    origin: str
    """What a person calls it; never a secret."""
    can_be_read_again: ClassVar[bool] = True
    """Whether its rows are the same however often they are read while it is open."""

    @abstractmethod
    def is_same_as(self, other: "Place") -> bool:
        """Whether both names lead to one place, now or by name."""

    @abstractmethod
    def require(self, options: ReadOptions) -> None:
        """Refuse early what cannot be read, without reading much.

        Raises:
            ReadError: It is not there or cannot be read.
            UploadError: It is not a table.
        """

    @abstractmethod
    def opened(
        self, options: ReadOptions, folder: Path, on_progress: OnProgress | None = None
    ) -> AbstractContextManager[Reader]:
        """What its rows are read with, inside `with`.

        Args:
            options: How it is read, where detection is not wanted.
            folder: Takes what must be on this machine to be read; nothing stays there in the end.
            on_progress: Told how far bringing it here has come.

        Raises:
            ReadError: It is not there or cannot be read.
            UploadError: It is not a table.
            StorageFullError: The disk has no room for it.
        """


@dataclass(frozen=True, kw_only=True)
class FilePlace(Place):
    """A file of this machine."""

    path: Path
    origin: str
    limits: UploadSettings
    is_handed_in: bool = False
    """Whether somebody handed it in, so that it may be no larger than the settings allow."""

    def is_same_as(self, other: Place) -> bool:
        """Whether both are one file, now or by name."""
        if not isinstance(other, FilePlace):
            return False
        return self.path == other.path or self.path.resolve() == other.path.resolve()

    def require(self, options: ReadOptions) -> None:
        """Refuse a file that is no table."""
        self._reader(options).schema  # noqa: B018 - reads the header

    def opened(
        self, options: ReadOptions, folder: Path, on_progress: OnProgress | None = None
    ) -> AbstractContextManager[Reader]:
        """Read it where it lies."""
        del folder, on_progress
        return nullcontext(self._reader(options))

    def _reader(self, options: ReadOptions) -> Reader:
        from smoke_pipeline.readers.files import open_file  # noqa: PLC0415 - slow

        return open_file(self.path, options, limits=self.limits, is_handed_in=self.is_handed_in)


@dataclass(frozen=True, kw_only=True)
class ObjectPlace(Place):
    """An object of a store."""

    store: StorageGrid
    located: Located
    limits: UploadSettings

    @property
    def origin(self) -> str:  # type: ignore[override]
        """Its address."""
        return self.located.address

    def is_same_as(self, other: Place) -> bool:
        """Whether both are one object of one store."""
        if not isinstance(other, ObjectPlace):
            return False
        return (self.store, self.located) == (other.store, other.located)

    def require(self, options: ReadOptions) -> None:
        """Refuse an object that is not there."""
        from smoke_pipeline.readers.storagegrid.reader import require_object  # noqa: PLC0415 - slow

        del options
        require_object(self.store, self.located)

    def opened(
        self, options: ReadOptions, folder: Path, on_progress: OnProgress | None = None
    ) -> AbstractContextManager[Reader]:
        """Bring it here, and read it as the file it is."""
        from smoke_pipeline.readers.storagegrid.reader import opened_object  # noqa: PLC0415 - slow

        return opened_object(
            self.store,
            self.located,
            options=options,
            limits=self.limits,
            folder=folder,
            on_progress=on_progress,
        )


@dataclass(frozen=True, kw_only=True)
class TablePlace(Place):
    """A table of a database, or a query."""

    can_be_read_again: ClassVar[bool] = False
    database: Database
    side: TableSide

    @property
    def origin(self) -> str:  # type: ignore[override]
        """Its database and its name."""
        rows = f" where {self.side.where_clause}" if self.side.where_clause else ""
        return f"{self.side.database}:{self.side.table or self.side.query}{rows}"

    def is_same_as(self, other: Place) -> bool:
        """Whether both are the same rows of one database."""
        return isinstance(other, TablePlace) and (self.database, self.origin) == (
            other.database,
            other.origin,
        )

    def require(self, options: ReadOptions) -> None:
        """Refuse a table that is not there, or cannot be read exactly."""
        with self.opened(options, Path()) as reader:
            reader.schema  # noqa: B018 - asks the database

    def opened(
        self, options: ReadOptions, folder: Path, on_progress: OnProgress | None = None
    ) -> AbstractContextManager[Reader]:
        """Read it within one transaction."""
        from smoke_pipeline.readers.tables.reader import opened_table  # noqa: PLC0415 - slow

        del options, folder, on_progress
        return opened_table(self.database, self.side)


def place_of(spec: SessionSpec, side: Side, where: Whereabouts) -> Place:
    """Where a side of the session is read; the target's default is the source's place.

    Raises:
        SessionStateError: Nobody has said yet where the source lies.
        InvalidOptionError: An upload's path leaves the upload folder, or a parameter cannot be part of a key.
        SettingsError: The settings do not know the store or the database.
    """
    named = spec.source if side is Side.SOURCE or spec.target is None else spec.target
    if named is None:
        raise SessionStateError(
            "Nobody has said yet where the source of this session lies.", ("Name the source first.",)
        )
    return place_at(named, where)


def place_at(side: SideSpec, where: Whereabouts) -> Place:
    """Where a side lies.

    Raises:
        InvalidOptionError: An upload's path leaves the upload folder, or a parameter cannot be part of a key.
        SettingsError: The settings do not know the store or the database.
    """
    limits = where.settings.uploads
    match side:
        case PathSide(path=path):
            return FilePlace(path=absolute(path), origin=str(absolute(path)), limits=limits)
        case UploadSide(path=path):
            found = _inside(where.uploads, path)
            return FilePlace(path=found, origin=f"upload:{path}", limits=limits, is_handed_in=True)
        case ObjectSide():
            store = object_store(where.preset)
            return ObjectPlace(store=store, located=locate(store, side), limits=limits)
        case TableSide(database=name):
            return TablePlace(database=database(where.preset, name), side=side)
        case _:
            assert_never(side)


def has_one_place(spec: SessionSpec, where: Whereabouts) -> bool:
    """Whether both sides of the session are read from the same place.

    Raises:
        InvalidOptionError: An upload's path leaves the upload folder.
    """
    source, target = (place_of(spec, side, where) for side in Side)
    members = {spec.comparison.read_options(side).member for side in Side}
    is_pair = len(members) == len(Side) and None not in members  # which are refused where there is no ZIP
    return source.is_same_as(target) and (isinstance(source, TablePlace) or not is_pair)


def refuse_one_place(spec: SessionSpec, where: Whereabouts) -> None:
    """Refuse to take both sides at once where they are the same place.

    Raises:
        SessionStateError: They are.
        InvalidOptionError: An upload's path leaves the upload folder.
    """
    if has_one_place(spec, where):
        origin = place_of(spec, Side.SOURCE, where).origin
        raise SessionStateError(
            f"Both sides of this session are the same place, {origin}; "
            "taken at once they would prove nothing.",
            suggestions=(
                "Take the source now, run the ETL, then verify: `smoke start`, `smoke continue`.",
                "Name another place as the target.",
            ),
            context={"place": origin},
        )


def name_of(side: SideSpec) -> str:
    """What a test is called that has no name: the file's, the object's or the table's."""
    match side:
        case PathSide(path=path) | UploadSide(path=path):
            return Path(path).name
        case ObjectSide(key=key, document=document):
            return key or str(document)
        case TableSide(table=table, database=database):
            return table or database
        case _:
            assert_never(side)


def pinned(side: SideSpec) -> SideSpec:
    """The side with a path that means the same in every folder a later step may run in."""
    return PathSide(path=str(absolute(side.path))) if isinstance(side, PathSide) else side


def absolute(path: str) -> Path:
    """The path from the root on; links stay, since the ETL may point them elsewhere."""
    try:
        return Path(path).expanduser().absolute()
    except (RuntimeError, ValueError) as error:
        raise InvalidOptionError(
            f"{path!r} is not a path.", suggestions=("Write the path from the root on.",)
        ) from error


def _inside(uploads: Path | None, path: str) -> Path:
    """The file below `uploads`."""
    if uploads is None:
        raise _leaves(path)
    root = uploads.resolve()
    try:
        found = (root / path).resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise _leaves(path) from error
    if found == root or not found.is_relative_to(root):
        raise _leaves(path)
    return found


def _leaves(path: str) -> InvalidOptionError:
    return InvalidOptionError(
        f"The upload {path!r} is not a file below the upload folder.",
        suggestions=("Name the file as it was handed in.", "Use kind `path` for a file that lies elsewhere."),
        context={"path": path},
    )


def tables_of(places: Mapping[Side, Place]) -> dict[Side, TablePlace]:
    """The sides whose rows can be read again: tables, but not the source of an ETL that works in place.

    Where both sides are one table, its rows of before are in the source's snapshot alone.
    """
    found = {side: place for side, place in places.items() if isinstance(place, TablePlace)}
    if len(found) == len(places) and found[Side.SOURCE].is_same_as(found[Side.TARGET]):
        del found[Side.SOURCE]
    return found

"""Where the two sides of a session lie on this machine."""

from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from smoke_pipeline.errors import InvalidOptionError, SessionStateError
from smoke_pipeline.readers.base import Reader
from smoke_pipeline.readers.files import open_file
from smoke_pipeline.settings.model import UploadSettings
from smoke_pipeline.smoke_test.spec import PathSide, SessionSpec, SideSpec, UploadSide
from smoke_pipeline.snapshots.manifest import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A file to read, and what a person calls it."""

    path: Path
    origin: str

    def is_same_as(self, other: "Place") -> bool:
        """Whether both names lead to one file, now or by name."""
        return self.path == other.path or self.path.resolve() == other.path.resolve()


def place_of(spec: SessionSpec, side: Side, uploads: Path) -> Place:
    """Where a side of the session is read; the target's default is the source's place.

    Args:
        spec: The session's order.
        side: Which side.
        uploads: The folder of files that people handed in.

    Raises:
        InvalidOptionError: An upload's path leaves the upload folder.
    """
    chosen = spec.source if side is Side.SOURCE or spec.target is None else spec.target
    match chosen:
        case PathSide(path=path):
            return Place(path=absolute(path), origin=str(absolute(path)))
        case UploadSide(path=path):
            return Place(path=_inside(uploads, path), origin=f"upload:{path}")
        case _:
            assert_never(chosen)


def open_side(spec: SessionSpec, side: Side, *, uploads: Path, limits: UploadSettings) -> Reader:
    """What a side's rows are read with.

    Raises:
        InvalidOptionError: An upload's path leaves the upload folder.
        ReadError: The file is not there or cannot be read.
        UploadError: The file is not a table.
    """
    options = spec.comparison.source if side is Side.SOURCE else spec.comparison.target
    return open_file(place_of(spec, side, uploads).path, options, limits=limits)


def has_one_place(spec: SessionSpec, uploads: Path) -> bool:
    """Whether both sides of the session are read from the same place.

    Raises:
        InvalidOptionError: An upload's path leaves the upload folder.
    """
    return place_of(spec, Side.SOURCE, uploads).is_same_as(place_of(spec, Side.TARGET, uploads))


def refuse_one_place(spec: SessionSpec, uploads: Path) -> None:
    """Refuse to take both sides at once where they are the same place.

    Raises:
        SessionStateError: They are.
        InvalidOptionError: An upload's path leaves the upload folder.
    """
    if has_one_place(spec, uploads):
        raise SessionStateError(
            f"Both sides of this session are the same place, {spec.source.path}; "
            "taken at once they would prove nothing.",
            suggestions=(
                "Take the source now, run the ETL, then verify: `smoke start`, `smoke continue`.",
                "Name another place as the target.",
            ),
            context={"path": spec.source.path},
        )


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


def _inside(uploads: Path, path: str) -> Path:
    """The file below `uploads`."""
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

"""A case on disk, as every program reads it."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.false_pass.case import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The two files of a case and its key."""

    source: Path
    target: Path
    key: tuple[str, ...]

    @property
    def paths(self) -> tuple[Path, Path]:
        """Both files, the source first."""
        return self.source, self.target


def write(case: Case, folder: Path) -> Pair:
    """Put the files of a case into a folder of its own in `folder`."""
    place = folder / case.name
    place.mkdir(parents=True, exist_ok=True)
    paths = []
    for side, file in (("source", case.source), ("target", case.target)):
        path = place / f"{side}{file.suffix}"
        path.write_bytes(file.content)
        paths.append(path)
    return Pair(source=paths[0], target=paths[1], key=case.key)

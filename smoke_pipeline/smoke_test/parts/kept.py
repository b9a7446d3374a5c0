"""What the parts of a session's comparison hand to one another: files in the session's folder."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from smoke_pipeline.comparison.parts.dealing import Part
from smoke_pipeline.comparison.parts.summing import PartFound
from smoke_pipeline.comparison.result import KeyEvidence
from smoke_pipeline.errors import SnapshotDamagedError, SnapshotMissingError
from smoke_pipeline.readers.disk import replacing, storage_errors

_AGAIN = ("Compare the two sides again.",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """What all parts of a comparison have in common."""

    of: int
    key_evidence: KeyEvidence | None = None
    """The key that was found, where it is `auto`."""

    @property
    def parts(self) -> Sequence[Part]:
        """The parts in order."""
        return [Part(number, self.of) for number in range(1, self.of + 1)]


@dataclass(frozen=True, slots=True)
class PartsFolder:
    """The folder of the parts, in that of the session."""

    session_folder: Path

    @property
    def path(self) -> Path:
        """Where the files lie."""
        return self.session_folder / "parts"

    def begin(self, deal: Deal) -> None:
        """Start anew; what an older comparison left is removed.

        Raises:
            StorageFullError: The disk has no room.
            AccessDeniedError: The folder cannot be written.
        """
        self.drop()
        self._write(self.path / "deal.json", _deals().dump_json(deal))

    def deal(self) -> Deal:
        """What all parts have in common.

        Raises:
            SnapshotMissingError: No comparison in parts was begun.
            SnapshotDamagedError: It is not what was written.
        """
        path = self.path / "deal.json"
        try:
            return _deals().validate_json(_read(path))
        except ValidationError:
            raise _damaged(path) from None

    def keep(self, found: PartFound) -> None:
        """Write down what one part found; an earlier try of that part is replaced.

        Raises:
            StorageFullError: The disk has no room.
            AccessDeniedError: The folder cannot be written.
        """
        self._write(self._path(found.part), _parts().dump_json(found))

    def found(self, parts: Sequence[Part]) -> Iterator[PartFound]:
        """What the parts found, one after another.

        Raises:
            SnapshotMissingError: A part was not compared.
            SnapshotDamagedError: It is not what was written.
        """
        for part in parts:
            path = self._path(part)
            try:
                yield _parts().validate_json(_read(path))
            except ValidationError:
                raise _damaged(path) from None

    def drop(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _path(self, part: Part) -> Path:
        return self.path / f"{part.number}-of-{part.of}.json"

    def _write(self, path: Path, content: bytes) -> None:
        with storage_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            with replacing(path) as unfinished:
                unfinished.write_bytes(content)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SnapshotMissingError(f"{path} is not there (any more).", suggestions=_AGAIN) from error


def _damaged(path: Path) -> SnapshotDamagedError:
    return SnapshotDamagedError(f"{path} is not what was written.", suggestions=_AGAIN)


@cache
def _deals() -> TypeAdapter[Deal]:
    return TypeAdapter(Deal)


@cache
def _parts() -> TypeAdapter[PartFound]:
    return TypeAdapter(PartFound)

"""Whether a bundle is what was written, byte by byte and member by member."""

import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from smoke_pipeline.errors import ObjectNotFoundError
from smoke_pipeline.report.bundle import FORMAT, MANIFEST, RUN, SEAL, SEAL_BYTES, sealed
from smoke_pipeline.report.visible import on_one_line

_UNREADABLE = (
    BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What the standard library raises for a damaged zip."""
_LARGEST_MANIFEST = 64 * 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was found in a bundle."""

    path: Path
    members: tuple[str, ...]
    problems: tuple[str, ...]
    """What is wrong, as sentences; () for a bundle that is whole."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify_bundle(path: Path) -> Verified:
    """Read all of a bundle and hold it to its seal and its manifest.

    It finds what was changed by accident, and what was changed without changing the manifest and the seal as
    well; it is no signature.

    Raises:
        ObjectNotFoundError: There is no such file.
    """
    if not path.is_file():
        raise ObjectNotFoundError(f"There is no file {path}.", ("Check the path.",))
    problems = [*_seal_problems(path)]
    members: tuple[str, ...] = ()
    try:
        with ZipFile(path) as bundle:
            members = tuple(bundle.namelist())
            problems += _member_problems(bundle)
    except _UNREADABLE:
        problems.append("It is no zip that can be read to its end.")
    return Verified(path=path, members=members, problems=tuple(problems))


def _seal_problems(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        seal = sealed(file)
        file.seek(max(0, path.stat().st_size - SEAL_BYTES))
        found = file.read()
    if not found.startswith(SEAL):
        yield "It does not end in the digest of its bytes."
    elif found != seal:
        yield "Its bytes are not those that were written."


def _member_problems(bundle: ZipFile) -> Iterator[str]:
    names = bundle.namelist()
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{on_one_line(name)} is in it more than once."
    if MANIFEST not in names:
        yield f"There is no {MANIFEST}, so nobody knows what it held."
        return
    listed = _listed(bundle)
    if listed is None:
        yield f"{MANIFEST} is not one of format {FORMAT}."
        return
    for name in sorted({*names} - {*listed, MANIFEST, RUN}):
        yield f"{on_one_line(name)} is in it, and the manifest does not know it."
    for name in (*listed, RUN):
        if name not in names:
            yield f"{on_one_line(name)} is missing."
    for name, facts in listed.items():
        if name in names:
            yield from _content_problems(bundle, name, facts)
    _drain(bundle, RUN, names)


def _listed(bundle: ZipFile) -> dict[str, dict[str, Any]] | None:
    """The members that the manifest lists; None where it is not a manifest as we write it."""
    with bundle.open(MANIFEST) as file:
        text = file.read(_LARGEST_MANIFEST)
    manifest = json.loads(text)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        return None
    members = manifest.get("members")
    is_list = isinstance(members, dict) and all(isinstance(facts, dict) for facts in members.values())
    return members if is_list else None


def _content_problems(bundle: ZipFile, name: str, facts: dict[str, Any]) -> Iterator[str]:
    digest, size = hashlib.sha256(), 0
    with bundle.open(name) as member:
        while block := member.read(1 << 20):
            digest.update(block)
            size += len(block)
            if size > (facts.get("size_bytes") or 0):
                break
    if (digest.hexdigest(), size) != (facts.get("sha256"), facts.get("size_bytes")):
        yield f"{on_one_line(name)} is not what was written."


def _drain(bundle: ZipFile, name: str, names: Sequence[str]) -> None:
    """Read a member that has no digest, so that its checksum is looked at."""
    if name in names:
        with bundle.open(name) as member:
            while member.read(1 << 20):
                pass

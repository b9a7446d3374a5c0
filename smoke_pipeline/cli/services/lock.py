"""One `smoke up` at a time: who serves, where, and which processes belong to it."""

import contextlib
import fcntl
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil

from smoke_pipeline.errors import LaunchError


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process that is told apart from a later one of the same number."""

    pid: int
    created_at: float

    @classmethod
    def of(cls, pid: int) -> "Process":
        """What is noted of a process that was started and not waited for."""
        return cls(pid=pid, created_at=psutil.Process(pid).create_time())

    def alive(self) -> psutil.Process | None:
        """The process, if it is still that one."""
        try:
            found = psutil.Process(self.pid)
            is_it = found.create_time() == self.created_at and found.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return None
        return found if is_it else None


class ServingLock:
    """The lock file of a data folder, held by who serves it; the system frees it when that process dies."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def left_over(self) -> Sequence[Process]:
        """Processes of a `smoke up` that died without ending them."""
        return [
            Process(pid=noted["pid"], created_at=noted["created_at"])
            for noted in _read(self._file).get("processes", [])
        ]

    def note(self, url: str, processes: Sequence[Process]) -> None:
        """Write down where is served, and by which processes."""
        noted = [{"pid": one.pid, "created_at": one.created_at} for one in processes]
        self._file.seek(0)
        self._file.truncate()
        json.dump({"url": url, "processes": noted}, self._file)
        self._file.flush()

    def clear(self) -> None:
        """Forget everything: nothing is served any more."""
        self._file.seek(0)
        self._file.truncate()
        self._file.flush()


@contextlib.contextmanager
def serving_alone(folder: Path) -> Iterator[ServingLock]:
    """Be the one who serves the data folder, until the block ends.

    Raises:
        LaunchError: Somebody else serves it; the message says where.
    """
    with (folder / "smoke_up.lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _runs_already(_read(file).get("url")) from None
        yield ServingLock(file)


def _runs_already(url: object) -> LaunchError:
    where = f"at {url}" if url else "and is just starting"
    return LaunchError(
        f"`smoke up` runs already {where}.",
        suggestions=("Open that address.", "Stop it with Ctrl-C where it runs, then try again."),
        context={"url": url},
    )


def _read(file: IO[str]) -> Mapping[str, Any]:
    """What the file holds; nothing where it was never written to its end."""
    file.seek(0)
    with contextlib.suppress(json.JSONDecodeError):
        found = json.load(file)
        return found if isinstance(found, dict) else {}
    return {}

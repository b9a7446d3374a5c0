"""The embedded PostgreSQL: started when somebody needs it, left running, found again by the next process.

It listens on a Unix socket only, in a folder that nobody but its user and root may enter. Its folder holds
`pgdata`, a lock for those who start and stop it, and where needed a copy of the programs.
"""

import fcntl
import os
import shlex
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from smoke_pipeline.errors import HistoryUnavailableError
from smoke_pipeline.history.server.programs import (
    Account,
    installed_programs,
    reachable_programs,
    run_program,
    server_account,
)
from smoke_pipeline.settings.sockets import socket_folder

PORT = 5432
"""Part of the socket's name; nothing listens on the network."""
START_TIMEOUT_S = 60
"""How long a start may take, the recovery after a crash included."""
STOP_TIMEOUT_S = 30

_OPTIONS = {
    "listen_addresses": "",
    "log_checkpoints": "off",
    "max_connections": "200",
    "port": str(PORT),
    "timezone": "UTC",
    "unix_socket_permissions": "0700",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    """A server whose process lives."""

    process: psutil.Process
    sockets: Path

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={quote(str(self.sockets))}&port={PORT}"


def start_embedded(folder: Path) -> str:
    """Start the server that lives in `folder`, unless it runs, and return its URL. It outlives this process.

    Raises:
        HistoryUnavailableError: It cannot be started here.
    """
    folder = folder.absolute()
    try:
        _make_folder(folder)
        with _locked(folder):
            found = _running(folder / "pgdata")
            if found is None or not _comes_to_answer(found):
                found = _start(folder)
            return found.url
    except OSError as error:
        raise HistoryUnavailableError(
            f"The embedded PostgreSQL cannot be started in {folder}: {error.strerror or error}.",
            (
                "Name another data folder with SMOKE_DATA_DIR.",
                "Name a shared server with SMOKE_POSTGRES_URL.",
            ),
        ) from error


def stop_embedded(folder: Path) -> None:
    """Stop the server that lives in `folder`, rolling back what is under way; nothing happens if none runs.

    Raises:
        HistoryUnavailableError: It does not stop, or is not ours to stop.
    """
    folder = folder.absolute()
    if not (folder / "pgdata").exists():
        return
    try:
        with _locked(folder):
            _stop(folder / "pgdata")
    except (OSError, psutil.AccessDenied) as error:
        raise HistoryUnavailableError(
            f"The embedded PostgreSQL in {folder} is not ours to stop.",
            ("Stop it as the user who started it.",),
        ) from error


def is_running(folder: Path) -> bool:
    """Whether the server that lives in `folder` answers."""
    found = _running(folder.absolute() / "pgdata")
    return found is not None and _answers(found)


def _start(folder: Path) -> _Running:
    data = folder / "pgdata"
    account = server_account(data)
    _check_way(data, account)
    sockets = socket_folder(
        data,
        f".s.PGSQL.{PORT}",
        "the embedded PostgreSQL",
        HistoryUnavailableError,
        owner=(account.uid, account.gid),
    )
    binaries = reachable_programs(installed_programs(), folder, account)
    if not data.exists():
        _initialise(data, binaries, account)
    _clear_what_a_crash_left(data, sockets)
    options = _OPTIONS | {"unix_socket_directories": f'"{sockets}"'}
    words = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in options.items())
    run_program(
        binaries / "pg_ctl",
        # Seen from the folder itself: pg_ctl hands its path to a shell without quoting it.
        ["start", "-w", "-t", str(START_TIMEOUT_S), "-D", ".", "-l", "log", "-o", words],
        account,
        folder=data,
    )
    found = _running(data)
    if found is None or not _comes_to_answer(found):
        raise HistoryUnavailableError(
            "The embedded PostgreSQL ended right after it was started.", (f"Look into {data / 'log'}.",)
        )
    return found


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    # Where root asks, the server's user must get through; it sees no more than that.
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One at a time, among all processes; the system frees the lock when a process dies."""
    with (folder / "start.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _check_way(data: Path, account: Account) -> None:
    closed = [folder for folder in reversed(data.parents) if not account.can_enter(folder)]
    if closed:
        raise HistoryUnavailableError(
            f"The embedded PostgreSQL runs as the user {account.name!r}, who may not enter {closed[0]}.",
            ("Name a data folder elsewhere with SMOKE_DATA_DIR.", "Run this as an ordinary user."),
        )


def _initialise(data: Path, binaries: Path, account: Account) -> None:
    """Make an empty database, all or nothing."""
    fresh = data.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    if not account.is_ours:
        os.chown(fresh, account.uid, account.gid)
    run_program(
        binaries / "initdb",
        [
            "--username=postgres",
            "--auth-local=trust",
            "--auth-host=reject",
            "--encoding=UTF8",
            "--locale=C",
            "--no-instructions",
            f"--pgdata={fresh}",
        ],
        account,
    )
    fresh.rename(data)


def _running(data: Path) -> _Running | None:
    """The server of `data`, if its process lives; a zombie or another program of that number is none."""
    try:
        lines = (data / "postmaster.pid").read_text("utf-8", errors="surrogateescape").splitlines()
        process = psutil.Process(int(lines[0]))
        is_server = _lives(process) and process.name().startswith("postgres")
        return _Running(process=process, sockets=Path(lines[4])) if is_server else None
    except (FileNotFoundError, NotADirectoryError, IndexError, ValueError, psutil.NoSuchProcess):
        return None


def _clear_what_a_crash_left(data: Path, sockets: Path) -> None:
    """Remove the files that name a dead process: PostgreSQL takes a zombie of that number for a server."""
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while any(_works_in(process, data) for process in psutil.process_iter(["name"])):
        # Two servers on one folder would destroy it; those whose parent died end by themselves.
        if time.monotonic() > deadline:
            raise HistoryUnavailableError(f"Processes of a crashed PostgreSQL still work in {data}.")
        time.sleep(0.05)
    (data / "postmaster.pid").unlink(missing_ok=True)
    (sockets / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)


def _works_in(process: psutil.Process, data: Path) -> bool:
    try:
        return process.name().startswith("postgres") and Path(process.cwd()) == data.resolve()
    except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
        return False


def _answers(found: _Running) -> bool:
    try:
        with psycopg.connect(found.url, connect_timeout=3, autocommit=True) as connection:
            connection.execute("select 1")
    except psycopg.OperationalError:
        return False
    return True


def _comes_to_answer(found: _Running) -> bool:
    """Wait until the server answers; False if it ends instead, as one does that was just told to."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not _answers(found):
        if not _lives(found.process):
            return False
        if time.monotonic() > deadline:
            raise HistoryUnavailableError(
                "The embedded PostgreSQL runs and does not answer.", ("Try again.",)
            )
        time.sleep(0.05)
    return True


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _stop(data: Path) -> None:
    for how in (signal.SIGINT, signal.SIGQUIT):
        found = _running(data)
        if found is None:
            return
        found.process.send_signal(how)
        if _has_ended(data):
            if found.sockets != data:
                found.sockets.rmdir()
            return
    raise HistoryUnavailableError("The embedded PostgreSQL does not stop.", (f"Look into {data / 'log'}.",))


def _has_ended(data: Path) -> bool:
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while _running(data) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True

"""The code server, Dagster's servers, the report server and the launcher: they start and end together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from smoke_pipeline.cli.services.home import placed_workspace
from smoke_pipeline.cli.services.lock import Process
from smoke_pipeline.cli.services.place import Place
from smoke_pipeline.errors import LaunchError
from smoke_pipeline.settings.model import DagsterSettings

GRACE_S = 10.0
"""How long the processes have to end by themselves."""
LIVED_S = 10.0
LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What a member runs."""

    name: str
    arguments: Sequence[str]
    is_started_again: bool = False
    """Whether it is started again where it ends; else its end is that of the group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One process of the group, in a process group of its own."""

    command: Command
    process: subprocess.Popen[bytes]
    identity: Process
    log: Path

    @property
    def name(self) -> str:
        """What people call it."""
        return self.command.name


class Group:
    """Processes that start and end together.

    Args:
        environment: The variables of each.
        logs: The folder of what each writes.
        lived_s: Seconds; what ended sooner after its start is not started again.
    """

    def __init__(self, environment: Mapping[str, str], logs: Path, lived_s: float = LIVED_S) -> None:
        self.members: list[Member] = []
        self._environment, self._logs, self._lived_s = environment, logs, lived_s
        self._left: list[Process] = []

    @property
    def processes(self) -> Sequence[Process]:
        """Of the members, and what those left that ended."""
        return [*(member.identity for member in self.members), *self._left]

    def start(self, *commands: Command) -> None:
        """Start the commands; one that cannot start leaves the others as they are."""
        for command in commands:
            self.members.append(_started(command, self._environment, self._logs))

    def require_alive(self) -> None:
        """Refuse to go on with a group that has lost a member.

        Raises:
            LaunchError: A member has ended.
        """
        for member in self.members:
            code = member.process.poll()
            if code is not None:
                raise LaunchError(
                    f"The {member.name} ended with status {code}, so everything is stopped.",
                    suggestions=(f"Read {member.log}.",),
                    context={"process": member.name, "status": code, "log": str(member.log)},
                )

    def started_again(self) -> Sequence[str]:
        """Start the members again that have ended and may; their names.

        One that ends soon after it was started is left as it is: it would never be there.
        """
        ended = [
            member
            for member in self.members
            if member.command.is_started_again and member.process.poll() is not None
            if time.time() - member.identity.created_at >= self._lived_s
        ]
        for member in ended:
            self._left += _left_by(member)
            self.members.remove(member)
            self.start(member.command)
        return [member.name for member in ended]


ASKING = frozenset({"webserver", "daemon"})
"""The members that ask the code server as soon as they start."""
LAUNCHER = Command(name="launcher", arguments=["-m", "smoke_pipeline.launcher", "--http"])


def group_commands(
    home: Path, place: Place, dagster: DagsterSettings, *, with_launcher: bool = True
) -> Sequence[Command]:
    """The code server, those who ask it (Dagster's two), the report server and the launcher.

    Args:
        home: Dagster's.
        place: Where the code server listens.
        dagster: Where and how the page is served.
        with_launcher: Whether the launcher is among them.
    """
    workspace = placed_workspace(home, place)
    where = ["-h", dagster.host, "-p", str(dagster.port)]
    read_only = ["--read-only"] if dagster.read_only else []
    return (
        Command(
            name="code server",
            arguments=["-m", "smoke_pipeline.defs.serving", *place.options()],
            is_started_again=True,
        ),
        Command(name="report server", arguments=["-m", "smoke_pipeline.cli.reports"]),
        *([LAUNCHER] if with_launcher else []),
        Command(
            name="webserver",
            arguments=["-m", "dagster_webserver", *where, "-w", str(workspace), *read_only],
        ),
        Command(name="daemon", arguments=["-m", "dagster._daemon", "run", "-w", str(workspace)]),
    )


@contextmanager
def running(
    commands: Iterable[Command],
    *,
    environment: Mapping[str, str],
    logs: Path,
    grace_s: float = GRACE_S,
    lived_s: float = LIVED_S,
) -> Iterator[Group]:
    """Start the commands; however the block ends, no process of theirs is left."""
    logs.mkdir(parents=True, exist_ok=True)
    group = Group(environment, logs, lived_s)
    try:
        group.start(*commands)
        yield group
    finally:
        end(group.processes, grace_s=grace_s)
        for member in group.members:
            member.process.wait()


def end(roots: Iterable[Process], *, grace_s: float = GRACE_S) -> None:
    """End processes and all that descend from them: asked with SIGINT, killed where that is not enough."""
    leaders = [found for root in roots if (found := root.alive())]
    everybody = [one for leader in leaders for one in (leader, *_descendants(leader))]
    for leader in leaders:
        with suppress(psutil.NoSuchProcess):
            leader.send_signal(signal.SIGINT)
    stubborn = _waited_for(everybody, grace_s)
    for leader in leaders:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(leader.pid, signal.SIGKILL)
    for one in stubborn:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    _waited_for(stubborn, grace_s)


def _waited_for(processes: Sequence[psutil.Process], timeout_s: float) -> Sequence[psutil.Process]:
    """Those that have not ended by then; one that nobody has asked how it ended has ended, too."""
    deadline = time.monotonic() + timeout_s
    while (left := [one for one in processes if _works(one)]) and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY_S)
    return left


def _works(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _started(command: Command, environment: Mapping[str, str], logs: Path) -> Member:
    log = logs / f"{command.name.replace(' ', '_')}.log"
    with log.open("ab") as file:
        process = _popen(command, environment, file)
    return Member(command=command, process=process, identity=Process.of(process.pid), log=log)


def _popen(command: Command, environment: Mapping[str, str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    """A process that the terminal's Ctrl-C does not reach: the group is ended in our order."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter and modules
        [sys.executable, *command.arguments],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


def _left_by(member: Member) -> Iterator[Process]:
    """What lives on in the process group of a member that has ended, such as runs of a code server."""
    for one in psutil.process_iter():
        with suppress(ProcessLookupError, PermissionError, psutil.Error):
            if os.getpgid(one.pid) == member.process.pid:
                yield Process.of(one.pid)


def _descendants(process: psutil.Process) -> Sequence[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return process.children(recursive=True)
    return ()

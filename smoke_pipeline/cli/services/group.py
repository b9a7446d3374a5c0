"""Dagster's two servers, the report server and the launcher as one group: they start and end together."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from smoke_pipeline.cli.services.lock import Process
from smoke_pipeline.errors import LaunchError
from smoke_pipeline.settings.model import DagsterSettings

GRACE_S = 10.0
"""How long the processes have to end by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One process of the group, in a process group of its own."""

    name: str
    process: subprocess.Popen[bytes]
    identity: Process
    log: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What a member runs."""

    name: str
    arguments: Sequence[str]


LAUNCHER = Command(name="launcher", arguments=["-m", "smoke_pipeline.launcher", "--http"])


def group_commands(
    workspace: Path, dagster: DagsterSettings, *, with_launcher: bool = True
) -> Sequence[Command]:
    """Dagster's webserver and daemon over one workspace, the report server, and the launcher."""
    where = ["-h", dagster.host, "-p", str(dagster.port)]
    read_only = ["--read-only"] if dagster.read_only else []
    return (
        Command(
            name="webserver",
            arguments=["-m", "dagster_webserver", *where, "-w", str(workspace), *read_only],
        ),
        Command(name="daemon", arguments=["-m", "dagster._daemon", "run", "-w", str(workspace)]),
        Command(name="report server", arguments=["-m", "smoke_pipeline.cli.reports"]),
        *([LAUNCHER] if with_launcher else []),
    )


@contextmanager
def running(
    commands: Iterable[Command], *, environment: Mapping[str, str], logs: Path, grace_s: float = GRACE_S
) -> Iterator[Sequence[Member]]:
    """Start the commands; however the block ends, no process of theirs is left."""
    logs.mkdir(parents=True, exist_ok=True)
    members: list[Member] = []
    try:
        for command in commands:
            # Noted at once, so that one that cannot start leaves none of the others behind.
            members.append(_started(command, environment, logs / f"{command.name.replace(' ', '_')}.log"))  # noqa: PERF401
        yield members
    finally:
        end([member.identity for member in members], grace_s=grace_s)
        for member in members:
            member.process.wait()


def require_alive(members: Iterable[Member]) -> None:
    """Refuse to go on with a group that has lost a member.

    Raises:
        LaunchError: A member has ended.
    """
    for member in members:
        code = member.process.poll()
        if code is not None:
            raise LaunchError(
                f"The {member.name} ended with status {code}, so everything is stopped.",
                suggestions=(f"Read {member.log}.",),
                context={"process": member.name, "status": code, "log": str(member.log)},
            )


def end(roots: Iterable[Process], *, grace_s: float = GRACE_S) -> None:
    """End processes and all that descend from them: asked with SIGINT first, killed where that is not enough.

    SIGTERM would leave Dagster's code servers behind.
    """
    leaders = [found for root in roots if (found := root.alive())]
    everybody = [one for leader in leaders for one in (leader, *_descendants(leader))]
    for leader in leaders:
        with suppress(psutil.NoSuchProcess):
            leader.send_signal(signal.SIGINT)
    _, stubborn = psutil.wait_procs(everybody, timeout=grace_s)
    for leader in leaders:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(leader.pid, signal.SIGKILL)
    for one in stubborn:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    psutil.wait_procs(stubborn, timeout=grace_s)


def _started(command: Command, environment: Mapping[str, str], log: Path) -> Member:
    with log.open("ab") as file:
        process = _popen(command, environment, file)
    return Member(name=command.name, process=process, identity=Process.of(process.pid), log=log)


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


def _descendants(process: psutil.Process) -> Sequence[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return process.children(recursive=True)
    return ()

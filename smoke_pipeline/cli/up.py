"""`smoke up`: PostgreSQL, Dagster's webserver and its daemon, until Ctrl-C."""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import click

from smoke_pipeline.cli.services.group import Member, dagster_commands, end, require_alive, running
from smoke_pipeline.cli.services.health import health, require_free_port
from smoke_pipeline.cli.services.home import dagster_environment, dagster_home
from smoke_pipeline.cli.services.lock import serving_alone
from smoke_pipeline.cli.services.postgres import postgres
from smoke_pipeline.errors import LaunchError
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.settings.paths import data_folder, project_file

START_TIMEOUT_S = 120.0
LOOK_EVERY_S = 0.5


@click.command()
@click.option("--host", help="Address to listen on. Default: the setting `dagster.host`.")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: the setting `dagster.port`.")
def up(host: str | None, port: int | None) -> None:
    """Serve Dagster's page with everything it needs, until Ctrl-C.

    PostgreSQL is the embedded one, unless the settings name a shared server.
    """
    settings = load_settings()
    host, port = host or settings.dagster.host, port or settings.dagster.port
    with _stopped_by_signals() as stop:
        _serve(settings, host, port, stop)


def _serve(settings: Settings, host: str, port: int, stop: threading.Event) -> None:
    """Start everything, say where it is, and wait."""
    url = f"http://{_reachable(host)}:{port}"
    with serving_alone(data_folder(settings)) as lock:
        end(lock.left_over())
        require_free_port(host, port)
        lock.note(url, ())
        with postgres(settings) as postgres_url, _dagster(settings, postgres_url, host, port) as members:
            lock.note(url, [member.identity for member in members])
            _wait_until_loaded(url, members, stop, time.monotonic)
            if not stop.is_set():
                click.echo(f"Dagster's page is at {url}. Ctrl-C stops everything.")
            while not stop.wait(LOOK_EVERY_S):
                require_alive(members)
            click.echo("Stopping.", err=True)
        lock.clear()


@contextmanager
def _dagster(settings: Settings, postgres_url: str, host: str, port: int) -> Iterator[Sequence[Member]]:
    from smoke_pipeline.cli.runs import prepare_instance

    home = dagster_home(settings)
    prepare_instance(home, postgres_url)
    with running(
        dagster_commands(project_file("workspace.yaml"), host, port),
        environment=dagster_environment(home, postgres_url),
        logs=home.parent / "logs",
    ) as members:
        yield members


def _wait_until_loaded(
    url: str, members: Sequence[Member], stop: threading.Event, clock: Callable[[], float]
) -> None:
    """Wait until the pipeline is loaded and the daemon lives.

    Raises:
        LaunchError: It does not happen.
    """
    deadline = clock() + START_TIMEOUT_S
    while not stop.is_set():
        require_alive(members)
        found = health(url)
        if found.problem:
            raise LaunchError(f"Dagster could not load the pipeline: {found.problem}")
        if found.is_loaded and found.daemon_is_up:
            return
        if clock() > deadline:
            raise LaunchError(
                f"Dagster did not get ready within {START_TIMEOUT_S:.0f} seconds.",
                suggestions=(f"Read the logs in {members[0].log.parent}.",),
            )
        stop.wait(LOOK_EVERY_S / 2)


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C and a polite kill set, instead of breaking off whatever is under way."""
    stop = threading.Event()

    def set_it(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    chosen = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, set_it) for number in chosen}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _reachable(host: str) -> str:
    """The address a browser on this machine uses."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound
    return f"[{host}]" if ":" in host else host

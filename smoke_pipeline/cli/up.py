"""`smoke up`: PostgreSQL, Dagster's two servers, the report server and the launcher, until Ctrl-C."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import click

from smoke_pipeline.cli.services.group import ASKING, Group, end, group_commands, running
from smoke_pipeline.cli.services.health import answers, health, require_free_port
from smoke_pipeline.cli.services.home import dagster_home, group_environment
from smoke_pipeline.cli.services.lock import serving_alone
from smoke_pipeline.cli.services.place import code_server_place
from smoke_pipeline.cli.services.tables import dagster_has_tables
from smoke_pipeline.errors import LaunchError
from smoke_pipeline.history.sharing import postgres, started_again
from smoke_pipeline.settings.addresses import http_address
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.settings.paths import data_folder

START_TIMEOUT_S = 120.0
LOOK_EVERY_S = 1.0

Port = click.IntRange(1, 65535)


@click.command()
@click.option("--host", help="Address to listen on. Default: the settings `….host`.")
@click.option("--port", type=Port, help="Of Dagster's page. Default: the setting `dagster.port`.")
@click.option("--report-port", type=Port, help="Of the reports. Default: the setting `report_server.port`.")
@click.option("--mcp-port", type=Port, help="Of the launcher. Default: the setting `launcher.port`.")
@click.option("--mcp/--no-mcp", "mcp", default=None, help="Whether to serve the launcher, too.")
def up(
    host: str | None, port: int | None, report_port: int | None, mcp_port: int | None, mcp: bool | None
) -> None:
    """Serve Dagster's page, the reports and the launcher with everything they need, until Ctrl-C.

    PostgreSQL is the embedded one, unless the settings name a shared server.
    """
    given = {
        "dagster": {"host": host, "port": port},
        "report_server": {"host": host, "port": report_port},
        "launcher": {"host": host, "port": mcp_port, "with_up": mcp},
    }
    settings = load_settings(
        overrides={
            name: {key: value for key, value in values.items() if value is not None}
            for name, values in given.items()
        }
    )
    with stopped_by_signals() as stop:
        _serve(settings, stop)


def _serve(settings: Settings, stop: threading.Event) -> None:
    """Start everything, say where it is, and wait."""
    dagster, reports = settings.dagster, settings.report_server
    page = http_address(dagster.host, dagster.port)
    with serving_alone(data_folder(settings)) as lock:
        end(lock.left_over())
        require_free_port(dagster.host, dagster.port)
        require_free_port(reports.host, reports.port, "--report-port")
        if settings.launcher.with_up:
            require_free_port(settings.launcher.host, settings.launcher.port, "--mcp-port")
        lock.note(page, ())
        with postgres(settings) as postgres_url, _group(settings, postgres_url, stop) as group:
            lock.note(page, group.processes)
            _wait_until_ready(settings, group, stop, time.monotonic)
            if not stop.is_set():
                click.echo(f"Dagster's page is at {page}.")
                click.echo(f"The reports are at {http_address(reports.host, reports.port)}/reports/.")
                if settings.launcher.with_up:
                    click.echo(f"The launcher is at {launcher_address(settings)}/mcp.")
                click.echo("Ctrl-C stops everything.")
            for again in _watched(settings, group, stop):
                lock.note(page, group.processes)
                click.echo(f"The {again} had ended; it runs again.", err=True)
            click.echo("Stopping.", err=True)
        lock.clear()


@contextmanager
def _group(settings: Settings, postgres_url: str, stop: threading.Event) -> Iterator[Group]:
    """All members; those that ask the code server are started once it answers."""
    home = dagster_home(settings)
    place = code_server_place(settings, home)
    place.require_free()
    with_launcher = settings.launcher.with_up
    commands = group_commands(home, place, settings.dagster, with_launcher=with_launcher)
    if not dagster_has_tables(postgres_url):
        from smoke_pipeline.cli.runs import open_instance

        open_instance(home, postgres_url).dispose()
    with running(
        [one for one in commands if one.name not in ASKING],
        environment=group_environment(settings, home, postgres_url),
        logs=home.parent / "logs",
    ) as group:
        while not (stop.is_set() or place.answers()):
            group.require_alive()
            stop.wait(LOOK_EVERY_S / 10)
        group.start(*(one for one in commands if one.name in ASKING))
        yield group


def _wait_until_ready(
    settings: Settings, group: Group, stop: threading.Event, clock: Callable[[], float]
) -> None:
    """Wait until the pipeline is loaded, the daemon lives, and the reports and the launcher are served.

    Raises:
        LaunchError: It does not happen.
    """
    deadline = clock() + START_TIMEOUT_S
    page = http_address(settings.dagster.host, settings.dagster.port)
    others = [http_address(settings.report_server.host, settings.report_server.port)]
    if settings.launcher.with_up:
        others.append(launcher_address(settings))
    while not stop.is_set():
        group.require_alive()
        found = health(page)
        if found.problem:
            raise LaunchError(f"Dagster could not load the pipeline: {found.problem}")
        if found.is_loaded and found.daemon_is_up and all(map(answers, others)):
            return
        if clock() > deadline:
            raise LaunchError(
                f"Not everything got ready within {START_TIMEOUT_S:.0f} seconds.",
                suggestions=(f"Read the logs in {group.members[0].log.parent}.",),
            )
        stop.wait(LOOK_EVERY_S / 4)


def launcher_address(settings: Settings) -> str:
    """Where a program of this machine reaches the launcher."""
    return http_address(settings.launcher.host, settings.launcher.port)


def _watched(settings: Settings, group: Group, stop: threading.Event) -> Iterator[str]:
    """Wait for the end; what died and may be started again is, and is named; another ends the group.

    Raises:
        LaunchError: A member has ended.
        HistoryUnavailableError: The embedded PostgreSQL died and cannot be started again.
    """
    while not stop.wait(LOOK_EVERY_S):
        yield from group.started_again()
        group.require_alive()
        if started_again(settings):
            yield "embedded PostgreSQL"


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
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

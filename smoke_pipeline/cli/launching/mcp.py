"""`smoke mcp`: the tools for language models, for the process that starts it or over HTTP."""

import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import click

from smoke_pipeline.cli.services.group import LAUNCHER, Group, running
from smoke_pipeline.cli.services.health import answers, require_free_port
from smoke_pipeline.cli.services.home import served_environment
from smoke_pipeline.cli.up import Port, launcher_address, stopped_by_signals
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.history.sharing import postgres
from smoke_pipeline.settings.load import environment, load_settings
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.settings.paths import data_folder

LOOK_EVERY_S = 0.25
ONLY_HTTP = ("host", "port", "sse")


@click.command()
@click.option("--http", is_flag=True, help="Serve over HTTP, until Ctrl-C.")
@click.option("--host", help="With --http: address to listen on. Default: `launcher.host`.")
@click.option("--port", type=Port, help="With --http: port to listen on. Default: `launcher.port`.")
@click.option("--sse", is_flag=True, default=None, help="With --http: serve the older transport, too.")
@click.option("--read-only", is_flag=True, default=None, help="Offer only tools that change nothing.")
@click.option("--toolsets", help="Sets of tools to offer, with commas between.")
@click.option(
    "--root", "roots", type=Path, multiple=True, help="Folder whose files may be named; repeatable."
)
@click.option("--max-rows", type=click.IntRange(1, 1000), help="Rows in one answer, at most.")
@click.option("--max-chars", type=click.IntRange(500), help="Characters of rows in one answer, at most.")
def mcp(http: bool, **given: object) -> None:
    """Serve the tools for language models.

    Without --http it talks with the program that starts it, over stdin and stdout, and ends with it.
    """
    said = {name: value for name, value in given.items() if value not in (None, ())}
    idle = sorted(set(said) & set(ONLY_HTTP))
    if idle and not http:
        raise InvalidOptionError(f"--{idle[0]} is for --http alone.", ("Add --http.",))
    variables = {f"SMOKE_LAUNCHER__{name.upper()}": _written(value) for name, value in said.items()}
    if http:
        _serve(load_settings(environ={**environment(), **variables}), variables)
    else:
        os.execve(  # noqa: S606 - our own interpreter and module; the client talks to nobody in between
            sys.executable, [sys.executable, *LAUNCHER.arguments[:2]], {**environment(), **variables}
        )


def _serve(settings: Settings, variables: Mapping[str, str]) -> None:
    """Serve over HTTP until Ctrl-C."""
    own = settings.launcher
    require_free_port(own.host, own.port)
    with (
        stopped_by_signals() as stop,
        postgres(settings),
        running(
            [LAUNCHER],
            environment={**served_environment(settings), **variables},
            logs=data_folder(settings) / "logs",
        ) as group,
    ):
        _wait_until_ready(launcher_address(settings), group, stop)
        if not stop.is_set():
            click.echo(f"The launcher is at {launcher_address(settings)}/mcp.")
            click.echo("Ctrl-C stops it.")
        while not stop.wait(LOOK_EVERY_S):
            group.require_alive()
        click.echo("Stopping.", err=True)


def _wait_until_ready(url: str, group: Group, stop: threading.Event) -> None:
    """Wait until it answers.

    Raises:
        LaunchError: It has ended.
    """
    while not stop.is_set() and not answers(url):
        group.require_alive()
        stop.wait(LOOK_EVERY_S)


def _written(value: object) -> str:
    """A value as a variable holds it."""
    if isinstance(value, tuple):
        return os.pathsep.join(str(Path(one).expanduser().absolute()) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)

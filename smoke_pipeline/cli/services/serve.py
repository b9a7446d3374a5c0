"""`smoke serve`: one part of `smoke up` alone, for containers and service managers that watch it."""

import os
import sys
from collections.abc import Mapping, Sequence

import click

from smoke_pipeline.cli.services.group import group_commands
from smoke_pipeline.cli.services.health import answers, health
from smoke_pipeline.cli.services.home import dagster_home, group_environment
from smoke_pipeline.cli.services.place import code_server_place
from smoke_pipeline.errors import SettingsError
from smoke_pipeline.settings.addresses import http_address
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import Settings

PARTS: Mapping[str, str] = {
    "code": "code server",
    "webserver": "webserver",
    "daemon": "daemon",
    "reports": "report server",
    "launcher": "launcher",
}
"""What a part is called here -> in the group."""
CHECKS: Mapping[str, Sequence[str]] = {
    "code": ("dagster", "api", "grpc-health-check"),
    "daemon": ("dagster._daemon", "liveness-check"),
}
"""What Dagster has for looking whether a part is well."""


@click.command()
@click.argument("part", type=click.Choice(list(PARTS)))
@click.option("--check", is_flag=True, help="Say by the exit status whether the part that runs here is well.")
@click.pass_context
def serve(ctx: click.Context, /, part: str, check: bool) -> None:
    """Serve one PART of `smoke up` until it is stopped; this process becomes it.

    It needs a shared PostgreSQL, since nobody but `smoke up` starts the embedded one.
    """
    settings = load_settings()
    if settings.postgres_url is None:
        raise SettingsError(
            "A part that is served alone needs a shared PostgreSQL.",
            ("Set SMOKE_POSTGRES_URL or SMOKE_POSTGRES_URL_FILE.", "Or serve everything: smoke up."),
        )
    url = settings.postgres_url.get_secret_value()
    home = dagster_home(settings)
    variables, place = group_environment(settings, home, url), code_server_place(settings, home)
    if part in CHECKS and check:
        where = place.options() if part == "code" else ()
        _become(ctx, ["-m", *CHECKS[part], *where], variables)
    elif check:
        ctx.exit(0 if _is_well(part, settings) else 1)
    else:
        if part == "code":
            place.require_free()
        group = group_commands(home, place, settings.dagster)
        (found,) = (command for command in group if command.name == PARTS[part])
        _become(ctx, found.arguments, variables)


def _become(ctx: click.Context, arguments: Sequence[str], variables: Mapping[str, str]) -> None:
    """Run Python in the place of this process, once it is written down that the command was given."""
    ctx.call_on_close(
        lambda: os.execve(sys.executable, [sys.executable, *arguments], dict(variables))  # noqa: S606
    )


def _is_well(part: str, settings: Settings) -> bool:
    """Whether the part answers at this machine, whatever address it listens on."""
    if part == "webserver":
        return health(http_address(settings.dagster.host, settings.dagster.port)).is_loaded
    own = settings.report_server if part == "reports" else settings.launcher
    return answers(http_address(own.host, own.port))

"""The command `smoke`: a list of names; each command is imported when it is asked for.

`smoke compare` needs neither Dagster nor a database, and must not pay for them.
"""

import importlib
from typing import Any

import click

from smoke_pipeline.cli.access.gate import guard
from smoke_pipeline.cli.services.ending import Terminated, politely_ended
from smoke_pipeline.cli.services.logs import LEVELS, log_command
from smoke_pipeline.errors import SmokePipelineError

COULD_NOT = 2
"""Exit status where there is no answer; 0 is passed, 1 is failed or unproven."""
INTERRUPTED = 130
TERMINATED = 143

COMMANDS: dict[str, tuple[str, str]] = {
    "compare": ("smoke_pipeline.cli.compare:compare", "Compare two files, objects or tables."),
    "profile": (
        "smoke_pipeline.cli.places.profile:profile_",
        "Say what columns hold.",
    ),
    "start": ("smoke_pipeline.cli.sessions.start:start", "Start a smoke test: freeze the data before."),
    "continue": ("smoke_pipeline.cli.sessions.start:continue_", "Go on after the ETL: compare and report."),
    "run": ("smoke_pipeline.cli.sessions.start:run", "Start a smoke test and take both sides at once."),
    "sessions": ("smoke_pipeline.cli.answers.listing:sessions", "List the sessions, the newest first."),
    "tests": ("smoke_pipeline.cli.named.tests:tests", "Look after tests that have a name."),
    "accept": ("smoke_pipeline.cli.named.accept:accept", "Accept the differences of a session."),
    "baseline": ("smoke_pipeline.cli.named.baseline:baseline", "Tell or drop what was accepted."),
    "cancel": ("smoke_pipeline.cli.keeping.closing:cancel", "Cancel a session, and stop its run."),
    "archive": ("smoke_pipeline.cli.keeping.closing:archive", "Put a session away that has ended."),
    "show": ("smoke_pipeline.cli.sessions.show:show", "Show one session and what was found."),
    "report": ("smoke_pipeline.cli.bundles.report:report", "Show, copy, check and compare reports."),
    "history": ("smoke_pipeline.cli.answers.history:history", "Tell how the last days went."),
    "trends": ("smoke_pipeline.cli.answers.trends:trends", "Tell how a test went over time."),
    "stats": ("smoke_pipeline.cli.answers.stats:stats_", "Tell how much the history holds."),
    "suite": ("smoke_pipeline.cli.suites.suite:suite", "Run many tests together, with one verdict."),
    "clean": ("smoke_pipeline.cli.keeping.clean:clean", "Take away what was kept long enough."),
    "keys": ("smoke_pipeline.cli.access.keys:keys", "Make and end the keys of who gives commands."),
    "audit": ("smoke_pipeline.cli.access.audit:audit", "List who did what, the newest first."),
    "up": (
        "smoke_pipeline.cli.up:up",
        "Serve Dagster's page with everything it needs, until Ctrl-C.",
    ),
    "serve": ("smoke_pipeline.cli.services.serve:serve", "Serve one part of `up` alone, for containers."),
    "mcp": ("smoke_pipeline.cli.launching.mcp:mcp", "Serve the tools for language models."),
    "demo": ("smoke_pipeline.cli.demo:demo", "Run one smoke test on a real pair of tables."),
    "doctor": ("smoke_pipeline.cli.doctor:doctor", "Say what works here and what is missing."),
    "db": ("smoke_pipeline.cli.db:db", "Look after the tables of the history and of Dagster."),
}


class Commands(click.Group):
    """Imports a command when it is asked for, and says every error in one sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order in which they are of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, imported now, behind the gate that asks who gives it."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)  # noqa: S101 - the table above names commands only
        return guard(command, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of `--help`, which imports nothing."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what stops it is told on stderr, without a traceback."""
        try:
            with politely_ended():
                return super().invoke(ctx)
        except SmokePipelineError as error:
            say(error)
            ctx.exit(COULD_NOT)
        except (KeyboardInterrupt, click.Abort) as stopped:
            click.echo("Stopped.", err=True)
            ctx.exit(TERMINATED if isinstance(stopped, Terminated) else INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise  # click's own ends, and a reader such as `head` that has seen enough
        except Exception as error:  # the face: nobody is helped by a traceback they did not ask for
            if ctx.params["traceback"]:
                raise
            click.echo(f"Error: An unexpected {type(error).__name__} stopped this.", err=True)
            click.echo("  - Run `smoke --traceback …` to see where, and report it.", err=True)
            ctx.exit(COULD_NOT)


def say(error: SmokePipelineError) -> None:
    """The error and what to do about it, on stderr."""
    click.echo(f"Error: {error.message}", err=True)
    for suggestion in error.suggestions:
        click.echo(f"  - {suggestion}", err=True)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="smoke-pipeline", prog_name="smoke")
@click.option("--traceback", is_flag=True, help="Show where an unexpected error came from.")
@click.option("--log-format", type=click.Choice(["text", "json"]), help="Default: `logging.format`.")
@click.option("--log-level", type=click.Choice(LEVELS), help="Default: `logging.level`.")
def main(traceback: bool, log_format: str | None, log_level: str | None) -> None:  # noqa: ARG001 - `invoke` asks
    """Prove that an ETL run or a migration moved the data right."""
    log_command({"FORMAT": log_format, "LEVEL": log_level})

"""`smoke report`: the kept report of a session, or a bundle that lies somewhere."""

import json
import sys
import tempfile
import webbrowser
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import click

from smoke_pipeline.cli.bundles.finding import Found, found_report
from smoke_pipeline.cli.bundles.flags import report_flags, report_settings
from smoke_pipeline.cli.bundles.writing import copied, written_bundle
from smoke_pipeline.errors import InvalidOptionError, SnapshotDamagedError
from smoke_pipeline.history.past import past_scores
from smoke_pipeline.report.review.changes import as_facts, as_lines, changes_between
from smoke_pipeline.report.review.verifying import verify_bundle
from smoke_pipeline.report.summary import as_text
from smoke_pipeline.report.visible import on_one_line

PAGE = "report.html"
DAMAGED = CHANGED = 1

_form = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="Of stdout."
)


class ReportCommands(click.Group):
    """Commands about reports; what is none of them names a report to show."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; without a command they are those of `show`."""
        is_named = not args or args[0] in self.commands or args[0] in ctx.help_option_names
        return super().parse_args(ctx, args if is_named else ["show", *args])


@click.group(cls=ReportCommands)
def report() -> None:
    """Show, copy, check and compare reports. `smoke report SESSION` is `smoke report show SESSION`."""


@report.command()
@click.argument("place", metavar="SESSION|ZIP")
@click.option("--open", "is_opened", is_flag=True, help="Open the page in the browser.")
@click.option("--out", type=click.Path(path_type=Path), help="Copy the bundle into this folder.")
@report_flags
@_form
def show(place: str, is_opened: bool, out: Path | None, form: str, **given: Any) -> None:
    """Show the report of a session, or a bundle; copy it, or build it anew with other formats.

    With --formats or a flag of repair.sql the bundle of a session is built anew from the kept result, into
    the folder of --out, or else into the working directory.
    """
    with found_report(place) as found:
        if any(value is not None for value in given.values()):
            path = _rebuilt(found, out, given)
        else:
            path = found.bundle()
            path = path if out is None else copied(path, out)
        _tell(found, path, form)
    if is_opened:
        _open(path)


@report.command()
@click.argument("path", metavar="ZIP", type=click.Path(path_type=Path))
@_form
def verify(path: Path, form: str) -> None:
    """Hold a bundle to its manifest: every member, every digest, every byte.

    The exit status is 0 for a bundle that is whole, 1 for one that is not, 2 where there is none.
    """
    found = verify_bundle(path)
    if form == "json":
        facts = {
            "path": str(path),
            "is_whole": found.is_whole,
            "members": list(found.members),
            "problems": list(found.problems),
        }
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
    elif found.is_whole:
        click.echo(f"{path} is whole: {len(found.members)} members.")
    else:
        click.echo("\n".join([f"{path} is not what was written.", *(f"  {one}" for one in found.problems)]))
    sys.exit(0 if found.is_whole else DAMAGED)


@report.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@_form
def diff(before: str, after: str, form: str) -> None:
    """What changed from A to B, two sessions or bundles of one test: differences new, gone and stayed.

    The exit status is 0 where nothing new differs, 1 where something does, 2 where they cannot be compared.
    """
    with found_report(before) as one, found_report(after) as other:
        changes = changes_between(one.lines(), other.lines())
    if form == "json":
        click.echo(json.dumps(as_facts(changes), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(as_lines(changes)))
    sys.exit(CHANGED if changes.has_new else 0)


def _rebuilt(found: Found, out: Path | None, given: dict[str, Any]) -> Path:
    if found.result is None or found.around is None or found.outcome is None:
        raise InvalidOptionError(
            "A bundle alone cannot be built anew: it does not hold the whole result.",
            suggestions=("Name the session instead of the zip.", "Leave the flags of the report out."),
        )
    session = found.outcome.session
    return written_bundle(
        found.result,
        out or Path.cwd(),
        name=f"comparison_{session.session_id}",
        report=report_settings(found.settings(), given),
        history=past_scores(session, found.around.history),
    )


def _tell(found: Found, path: Path, form: str) -> None:
    names = _members(path)
    if form == "json":
        answer = {"report": str(path), "members": names, "summary": found.summary()}
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    if found.result is not None and found.around is not None:
        click.echo(as_text(found.result, path, found.around.settings.report), nl=False)
    else:
        click.echo(f"{on_one_line(found.summary().get('summary_text') or '')}\n\nreport  {path}")
    click.echo(f"holds   {', '.join(map(on_one_line, names))}")


def _members(path: Path) -> list[str]:
    try:
        with ZipFile(path) as bundle:
            return bundle.namelist()
    except BadZipFile as error:
        raise SnapshotDamagedError(
            f"The report {path} is not what was written.", ("See what is wrong: smoke report verify.",)
        ) from error


def _open(path: Path) -> None:
    """Unpack the page where only this user reads, and hand it to the browser."""
    with ZipFile(path) as bundle:
        if PAGE not in bundle.namelist():
            raise InvalidOptionError(
                "This report was made without the page.", ("Make it with the format html: --formats html.",)
            )
        page = Path(tempfile.mkdtemp(prefix="smoke-report-")) / PAGE
        page.write_bytes(bundle.read(PAGE))
    if not webbrowser.open(page.as_uri()):
        click.echo("No browser could be started; open it yourself.", err=True)
    click.echo(f"page    {page}")

"""`smoke sessions`: the sessions, filtered, a page at a time."""

from pathlib import Path
from typing import Any

import click

from smoke_pipeline.cli.answers.moments import moment
from smoke_pipeline.cli.answers.opening import Asking, open_asking
from smoke_pipeline.cli.answers.tables import aligned, print_csv, print_json, say_more, table_format
from smoke_pipeline.comparison.result import Verdict
from smoke_pipeline.history.access.roles import Permission, denied
from smoke_pipeline.history.answers.filters import SessionFilter
from smoke_pipeline.history.answers.records import SessionLine
from smoke_pipeline.history.answers.sessions import sessions_page
from smoke_pipeline.history.records import Status
from smoke_pipeline.report.summary import shown_score

CSV_HEADER = (
    "session_id",
    "test_type",
    "test_name",
    "preset",
    "client_id",
    "status",
    "step",
    "created_at",
    "completed_at",
    "verdict",
    "match_score",
    "threshold",
    "matched",
    "mismatched",
    "source_only",
    "target_only",
    "seconds",
    "error_type",
    "report",
)


@click.command()
@click.option("--status", type=click.Choice([status.value for status in Status]), help="Only these.")
@click.option("--verdict", type=click.Choice([verdict.value for verdict in Verdict]), help="Only these.")
@click.option("--test", "test_name", metavar="NAME", help="Name of the test; * is any text.")
@click.option("--type", "test_type", metavar="TYPE", help="Type of the test.")
@click.option("--preset", metavar="NAME", help="A preset.")
@click.option("--client", "client_id", metavar="NAME", help="Who started them.")
@click.option("--since", metavar="WHEN", help="Begun then or later: 7d, 12h, 2026-11-21.")
@click.option("--until", metavar="WHEN", help="Begun before then.")
@click.option("--from", "origin", metavar="TEXT", help="What the place of a side holds; * is any text.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--cursor", metavar="CURSOR", help="Go on where a page ended.")
@table_format
def sessions(limit: int, cursor: str | None, form: str, **asked: Any) -> None:
    """List the sessions, the newest first."""
    with open_asking() as asking:
        page = sessions_page(asking.database, _filter(asked, asking), limit=limit, cursor=cursor)
        folder = asking.data_folder
    if form == "json":
        found = [as_dict(line, folder) for line in page.items]
        print_json({"sessions": found, "next_cursor": page.next_cursor})
        return
    if form == "csv":
        print_csv([as_dict(line, folder) | _error(line) for line in page.items], CSV_HEADER)
    elif page.items:
        for row in aligned([_row(line) for line in page.items]):
            click.echo(row)
    else:
        click.echo("There is no such session. Start one: smoke start SOURCE", err=True)
    say_more(page.next_cursor)


def as_dict(line: SessionLine, data_folder: Path) -> dict[str, Any]:
    """A session as a program reads it."""
    folder, found = data_folder / line.test_folder, line.found
    report = found.zip_package_path if found else None
    told = {
        "session_id": line.session_id,
        "test_type": line.test_type,
        "test_name": line.test_name,
        "preset": line.preset,
        "client_id": line.client_id,
        "status": line.status.value,
        "step": line.step.value,
        "created_at": line.created_at,
        "completed_at": line.completed_at,
        "failure": dict(line.failure) if line.failure else None,
        "folder": str(folder),
        "report": str(folder / report) if report else None,
        "verdict": found.verdict if found else None,
    }
    return told | _figures(line)


def _figures(line: SessionLine) -> dict[str, Any]:
    """What was found, in numbers; nothing where there is no verdict."""
    found = line.found
    if found is None:
        return dict.fromkeys(("match_score", "threshold", *_COUNTS, "seconds"))
    return {
        "match_score": shown_score(found.counts),
        "threshold": found.threshold,
        **{name: getattr(found.counts, name) for name in _COUNTS},
        "seconds": found.seconds,
    }


_COUNTS = ("matched", "mismatched", "source_only", "target_only")


def _filter(asked: dict[str, Any], asking: Asking) -> SessionFilter:
    moments: dict[str, Any] = {
        name: moment(asked[name], asking.now, f"--{name}") for name in ("since", "until") if asked[name]
    }
    return SessionFilter(
        status=_status(asked["status"], asking),
        verdict=Verdict(asked["verdict"]) if asked["verdict"] else None,
        test_name=asked["test_name"],
        test_type=asked["test_type"],
        preset=asked["preset"],
        client_id=asking.whose(asked["client_id"]),
        origin=asked["origin"],
        **moments,
    )


def _status(asked: str | None, asking: Asking) -> Status | None:
    status = Status(asked) if asked else None
    if not asking.sees_reports_alone:
        return status
    if status not in (None, Status.COMPLETED):
        raise denied(asking.identity, Permission.SEE_ALL_SESSIONS, "see sessions without a report")
    return Status.COMPLETED


def _row(line: SessionLine) -> tuple[str, ...]:
    return (
        line.session_id,
        f"{line.created_at:%Y-%m-%d %H:%M}",
        line.status.value,
        line.found.verdict if line.found else line.step.value.replace("_", " "),
        shown_score(line.found.counts) if line.found else "",
        line.test_name,
    )


def _error(line: SessionLine) -> dict[str, Any]:
    return {"error_type": line.failure.get("error_type") if line.failure else None}

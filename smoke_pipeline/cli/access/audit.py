"""`smoke audit`: who did what, when, and whether it went well."""

import json
from datetime import datetime
from typing import Any

import click

from smoke_pipeline.cli.access.answer import print_rows, table_format
from smoke_pipeline.cli.access.when import SINCE
from smoke_pipeline.history.access.audit import AuditFilter, AuditLog
from smoke_pipeline.history.database import open_database
from smoke_pipeline.history.sharing import postgres
from smoke_pipeline.settings.load import load_settings

SHOWN = {
    "happened_at": "when",
    "client_id": "client",
    "client_role": "role",
    "tool_name": "command",
    "session_id": "session",
    "preset": "preset",
    "error_class": "failed with",
    "execution_time_ms": "ms",
    "origin": "from",
}


@click.command()
@click.option("--client", "client_id", help="Only what this client did.")
@click.option("--action", help="Only this action, or this command, such as 'smoke start'.")
@click.option("--session", "session_id", metavar="SESSION", help="Only what was done with this session.")
@click.option("--since", type=SINCE, metavar="WHEN", help="Only since then: 7d, or 2026-03-01.")
@click.option("--failed", is_flag=True, help="Only what failed or was refused.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--cursor", help="Where the page before has ended.")
@table_format
def audit(since: datetime | None, failed: bool, limit: int, cursor: str | None, **given: Any) -> None:
    """List what was done, the newest first."""
    form = given.pop("form")
    settings = load_settings()
    wanted = AuditFilter(**given, since=since, success=False if failed else None)
    with postgres(settings), open_database(settings) as database:
        page = AuditLog(database).page(wanted, limit=limit, cursor=cursor)
    rows = [entry.to_dict() for entry in page.entries]
    if form == "json":
        click.echo(json.dumps({"entries": rows, "next_cursor": page.next_cursor}, ensure_ascii=False))
        return
    print_rows(rows, SHOWN, form)
    if page.next_cursor:
        click.echo(f"There are more: --cursor {page.next_cursor}", err=True)

"""`smoke stats`: how much the history and the data folder hold."""

import shutil
from collections.abc import Mapping
from dataclasses import asdict

import click

from smoke_pipeline.cli.answers.opening import open_asking
from smoke_pipeline.cli.answers.tables import aligned, print_csv, print_json, table_format
from smoke_pipeline.history.access.roles import Permission, require
from smoke_pipeline.history.answers.records import Stats
from smoke_pipeline.history.answers.stats import disk_use, stats


@click.command("stats")
@table_format
def stats_(form: str) -> None:
    """Tell how much the history and the data folder hold, in rows and bytes."""
    with open_asking() as asking:
        require(asking.identity, Permission.SEE_ALL_SESSIONS, "see how much the history holds")
        found = stats(asking.database)
        folder = asking.data_folder
        used, free = disk_use(folder), shutil.disk_usage(folder).free
    if form == "json":
        told = asdict(found)
        print_json(told | {"data_folder": str(folder), "disk_bytes": used, "free_bytes": free})
    elif form == "csv":
        print_csv([asdict(table) for table in found.tables], ("name", "rows", "size_bytes"))
    else:
        _print(found)
        click.echo(f"\n{folder}, {size_of(free)} free")
        _print_folders(used)


def _print(found: Stats) -> None:
    click.echo(f"database   {size_of(found.database_bytes)}, tables of revision {found.revision}")
    states = ", ".join(f"{count:,} {status}" for status, count in found.sessions_by_status.items())
    click.echo(f"sessions   {states or 'none'}")
    if found.oldest_session_at and found.newest_session_at:
        click.echo(
            f"from       {found.oldest_session_at:%Y-%m-%d %H:%M} to {found.newest_session_at:%Y-%m-%d %H:%M}"
        )
    rows = [(table.name, f"{table.rows:,}", size_of(table.size_bytes)) for table in found.tables]
    click.echo("")
    for line in aligned([("table", "rows", "size"), *rows], right=frozenset({1, 2})):
        click.echo(line)


def _print_folders(used: Mapping[str, int]) -> None:
    for line in aligned([(name or ".", size_of(size)) for name, size in used.items()], right=frozenset({1})):
        click.echo(line)


def size_of(size_bytes: int) -> str:
    """Bytes as people read them."""
    size = float(size_bytes)
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1024:
            return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1024
    return f"{size:,.1f} TB"

"""How a table is told: words below one another, CSV, or JSON."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from smoke_pipeline.report.visible import on_one_line

table_format: Callable[[Callable[..., None]], Callable[..., None]] = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    help="Words, one JSON object, or CSV.",
)


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON object; moments as ISO 8601."""
    written = json.dumps(value, ensure_ascii=False, default=_plain)
    # Half a character, which a text from a file may hold, is written as JSON escapes it.
    click.echo(written.encode("utf-8", "backslashreplace").decode())


def print_csv(rows: Sequence[Mapping[str, Any]], header: Iterable[str]) -> None:
    """A header and a line a row, in commas, CRLF and doubled quotes; what is None is empty."""
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, list(header), extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _plain(row.get(name)) for name in row})
    click.echo(written.getvalue(), nl=False)


def aligned(rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> list[str]:
    """The rows with columns one below the other.

    Args:
        rows: Texts; each row has as many.
        right: The columns whose texts end below one another, such as numbers.
    """
    shown = [[on_one_line(cell) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*shown, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in shown
    ]


def say_more(cursor: str | None) -> None:
    """Tell on stderr how to see what follows, where something does."""
    if cursor is not None:
        click.echo(f"There are more: add --cursor {cursor}", err=True)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value

"""How keys and log entries are shown: a table for people, JSON or CSV for programs."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

table_format: Callable[[Callable[..., None]], Callable[..., None]] = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    help="A table, JSON, or CSV with every column.",
)


def print_rows(rows: Sequence[Mapping[str, Any]], shown: Mapping[str, str], form: str) -> None:
    """Show rows.

    Args:
        rows: What was found; each has the same columns.
        shown: The columns of the table for people, and their headings.
        form: `text`, `json` or `csv`.
    """
    if form == "json":
        click.echo(json.dumps(list(rows), ensure_ascii=False))
    elif form == "csv":
        click.echo(_as_csv(rows), nl=False)
    else:
        lines = [list(shown.values()), *([_as_cell(row[name]) for name in shown] for row in rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for line in lines:
            padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            click.echo("  ".join(padded).rstrip())


def _as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    written = io.StringIO()
    if rows:
        writer = csv.DictWriter(written, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _as_cell(value) for name, value in row.items()} for row in rows)
    return written.getvalue()


def _as_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False) if value else ""
    text = str(value)
    return text if text.isprintable() else repr(text)[1:-1]

"""`smoke profile`: what the columns of a file, an object or a table hold."""

import json
from dataclasses import asdict
from typing import Any

import click

from smoke_pipeline.cli.flags import read_options
from smoke_pipeline.cli.places.naming import place_flags, side_from
from smoke_pipeline.cli.places.opening import Opening, opened_side
from smoke_pipeline.cli.progress import progress_line
from smoke_pipeline.comparison.options import parse_spec
from smoke_pipeline.readers.reading import Reading
from smoke_pipeline.report.masking.key import masker_of
from smoke_pipeline.report.masking.profiles import masked_profile
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.smoke_test.places import Whereabouts
from smoke_pipeline.snapshots.left_out import notes_of
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline.snapshots.profile import ColumnProfile, Profile, profile

_WIDEST = 32
"""Characters of a value that are shown."""


@click.command("profile")
@click.argument("place")
@place_flags
@click.option("--read-source", "read", multiple=True, metavar="KEY=VALUE", help="How a CSV is read.")
@click.option("--preset", metavar="NAME", help="Preset whose stores and databases are meant.")
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", help="Of stdout.")
def profile_(place: str, read: tuple[str, ...], preset: str | None, output: str, **given: Any) -> None:
    """Look at every row of PLACE: types, NULLs, distinct values, which columns could be a key.

    PLACE is a file, an object or a table, named as for `smoke compare`; its flags are those of the source.
    """
    settings = load_settings()
    options = parse_spec({"source": read_options(read, "--read-source")}).source
    chosen = side_from(place, Side.SOURCE, given)
    masker = masker_of(settings, preset)
    with progress_line() as on_progress:
        where = Whereabouts(settings=settings, preset_name=preset)
        how = Opening(where=where, digest=False, on_progress=on_progress)
        with opened_side(chosen, Side.SOURCE, options, how) as snapshot:
            found = profile(
                snapshot,
                chunk_rows=settings.comparison.chunk_rows,
                memory_bytes=settings.comparison.memory,
                on_progress=on_progress,
            )
            reading = snapshot.manifest.reading
    found = masked_profile(found, masker)
    if output == "json":
        plain = {"place": place, "keys": list(found.keys), **asdict(found)}
        plain["reading"] = asdict(reading) if reading else None
        click.echo(json.dumps(plain, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_lines(place, found, reading)))


def _reading_lines(reading: Reading | None) -> list[str]:
    """What was taken for what in a CSV, and why."""
    if reading is None:
        return []
    width = max((len(one.what) for one in reading.guesses), default=0)
    return [
        "",
        "Read as",
        *(
            f"  {one.what.ljust(width)}  {_short(one.value)} ({one.confidence}: {one.evidence})"
            for one in reading.guesses
        ),
        *(f"Note: {note}" for note in notes_of(reading)),
    ]


def _lines(place: str, found: Profile, reading: Reading | None) -> list[str]:
    table: list[tuple[str, ...]] = [("column", "type", "NULL", "distinct", "least", "most", "for example")]
    table += [_cells(column, found.rows) for column in found.columns]
    widths = [max(map(len, cells)) for cells in zip(*table, strict=True)]
    rows = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
    maybe = [f"perhaps {column.name}" for column in found.columns if column.is_unique is None]
    keys = ", ".join([*found.keys, *maybe]) or "no column by itself"
    return [
        f"{place}: {found.rows:,} rows, {len(found.columns)} columns",
        "",
        *(row.rstrip() for row in rows),
        *_reading_lines(reading),
        "",
        f"Could be a key: {keys}",
    ]


def _cells(column: ColumnProfile, rows: int) -> tuple[str, ...]:
    distinct = f"over {column.distinct:,}" if column.has_more_distinct else f"{column.distinct:,}"
    examples = ", ".join(_short(one) for one in column.examples)
    return (
        _short(column.name),
        _type(column),
        f"{column.nulls:,}" if column.nulls < rows or not rows else "all",
        distinct + (" (unique)" if column.is_unique else ""),
        _short(column.least or ""),
        _short(column.most or ""),
        examples,
    )


def _type(column: ColumnProfile) -> str:
    """The type, and what texts look like."""
    total = sum(column.kinds.values())
    if not total:
        return column.type
    if len(column.kinds) == 1:
        return f"{column.type}: {next(iter(column.kinds))}"
    shares = (f"{name} {100 * count / total:.3g} %" for name, count in column.kinds.items())
    return f"{column.type}: {', '.join(shares)}"


def _short(text: str) -> str:
    plain = text if text.isprintable() else repr(text)[1:-1]
    return plain if len(plain) <= _WIDEST else f"{plain[: _WIDEST - 1]}…"

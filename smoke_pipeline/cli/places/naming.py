"""From what a person writes for a side to where it lies: a path, an address, or a table."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import click

from smoke_pipeline.cli.flags import pairs_of
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.smoke_test.spec import SideSpec, read_side
from smoke_pipeline.snapshots.manifest import Side

_TABLE = re.compile(r"(?P<database>(?:mysql|postgres|oracle)\.[^\s.:/]+):(?P<table>.+)", re.DOTALL)
_CAST = "Write the column, an equals sign, and what to read in its place."
_OF_TABLES = ("where", "columns", "cast")

FLAGS = (
    click.option("--where-source", metavar="SQL", help="Rows of the source's table to read."),
    click.option("--where-target", metavar="SQL", help="Rows of the target's table to read."),
    click.option("--columns-source", metavar="A,B", help="Columns of the source's table to read."),
    click.option("--columns-target", metavar="A,B", help="Columns of the target's table to read."),
    click.option("--cast-source", multiple=True, metavar="C=SQL", help="Read C of the source's table so."),
    click.option("--cast-target", multiple=True, metavar="C=SQL", help="Read C of the target's table so."),
    click.option("--confirm-large", is_flag=True, help="Read a table although it is very large."),
)


def place_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the flags that say more of the places of the two sides."""
    for flag in reversed(FLAGS):
        command = flag(command)
    return command


def side_from(written: str, side: Side, given: Mapping[str, Any], *, is_upload: bool = False) -> SideSpec:
    """Where a side lies.

    Args:
        written: A path, `s3://BUCKET/KEY`, `storagegrid://DOCUMENT?PARAMETER=VALUE&…`, or
            `mysql.NAME:TABLE`, with `postgres` and `oracle` likewise.
        side: Which side.
        given: The flags.
        is_upload: Whether a path is that of a file in the upload folder.

    Raises:
        InvalidOptionError: It is malformed, or a flag belongs to another kind of place.
    """
    flags = {name: given[f"{name}_{side}"] for name in _OF_TABLES if given[f"{name}_{side}"]}
    if found := _TABLE.fullmatch(written):
        more = {"confirm_large": given["confirm_large"], **_of_table(flags, side)}
        return read_side({"kind": "table", **found.groupdict(), **more})
    if flags:
        flag = f"--{next(iter(flags))}-{side}"
        raise InvalidOptionError(
            f"{flag} is for tables, and the {side} is {written}.",
            suggestions=(f"Leave {flag} out.", "Name a table like mysql.warehouse:orders."),
        )
    if is_upload:
        return read_side({"kind": "upload", "path": written})
    address = urlsplit(written) if "://" in written else None
    if address is None:
        return read_side({"kind": "path", "path": written})
    if address.scheme == "s3":
        bucket, _, key = written.removeprefix("s3://").partition("/")
        return read_side({"kind": "object", "bucket": bucket, "key": key})
    if address.scheme == "storagegrid":
        parameters = dict(parse_qsl(address.query, keep_blank_values=True))
        return read_side({"kind": "object", "document": address.netloc, "parameters": parameters})
    raise InvalidOptionError(
        f"{written} is an address, and the engine of this machine reads files, objects and tables.",
        suggestions=("Let Spark read it: --engine spark.", "Copy it here first."),
    )


def _of_table(flags: Mapping[str, Any], side: Side) -> dict[str, Any]:
    """What flags say of a table, as `TableSide` has it."""
    found: dict[str, Any] = {}
    if "where" in flags:
        found["where_clause"] = flags["where"]
    if "columns" in flags:
        found["columns"] = flags["columns"].split(",")
    if "cast" in flags:
        found["casts"] = pairs_of(flags["cast"], f"--cast-{side}", "COLUMN=EXPRESSION", _CAST)
    return found

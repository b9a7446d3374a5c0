"""The flags that say what a report holds, shared by the commands that write one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.settings.model import ReportSettings, Settings

FORMATS_OPTION = click.option(
    "--formats", metavar="A,B", help="What the report holds: html, csv, json, md, junit, parquet, repair."
)
_REPAIR = (
    click.option(
        "--repair-direction",
        type=click.Choice(["target", "source"]),
        help="The side that repair.sql would make equal to the other.",
    ),
    click.option(
        "--repair-dialect",
        type=click.Choice(["mysql", "postgres", "oracle"]),
        help="The SQL of repair.sql. Default: that of the side's database.",
    ),
    click.option("--repair-table", metavar="NAME", help="The table of repair.sql. Default: the side's own."),
)
_NAMES = ("repair_direction", "repair_dialect", "repair_table")


def report_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the flags of a report."""
    for flag in reversed((FORMATS_OPTION, *_REPAIR)):
        command = flag(command)
    return command


def formats_from(given: Mapping[str, Any]) -> Sequence[str] | None:
    """The formats that were named; None where the settings decide.

    Raises:
        InvalidOptionError: There is no format of a name.
    """
    if given["formats"] is None:
        return None
    from smoke_pipeline.report.formats.registry import chosen_formats

    return [one.name for one in chosen_formats(name.strip() for name in given["formats"].split(","))]


def report_settings(settings: Settings, given: Mapping[str, Any]) -> ReportSettings:
    """The settings of a report with what the flags say over them; its formats are known to exist.

    Raises:
        InvalidOptionError: There is no format of a name, or no report is written.
    """
    from smoke_pipeline.report.formats.registry import chosen_formats

    flags = [f"--{name.replace('_', '-')}" for name in ("formats", *_NAMES) if given[name] is not None]
    if flags and "out" in given and given["out"] is None:
        raise InvalidOptionError(
            f"{flags[0]} is about a report, and none is written.", ("Name its folder with --out.",)
        )
    named = formats_from(given)
    changes = {name: given[name] for name in _NAMES if given[name] is not None}
    chosen = settings.report.model_copy(update={**changes, **({"formats": tuple(named)} if named else {})})
    chosen_formats(chosen.formats)
    return chosen

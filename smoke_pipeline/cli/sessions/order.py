"""The options that tell a new session what to do, shared by `smoke start` and `smoke run`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

import click

from smoke_pipeline.comparison.options import parse_rules
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.smoke_test.orders import read_order
from smoke_pipeline.smoke_test.spec import SessionSpec, SessionType

LISTS = {"ignore": "ignore_columns", "ignore_source": "ignore_source", "ignore_target": "ignore_target"}

OPTIONS = (
    click.option(
        "--key", metavar="A,B", help="Key columns; `auto` finds them (default), `none`: whole rows."
    ),
    click.option("--ignore", metavar="C,D", help="Columns of either side that do not count."),
    click.option("--ignore-source", metavar="C", help="Columns of the source that do not count."),
    click.option("--ignore-target", metavar="C", help="Columns of the target that do not count."),
    click.option(
        "--rename", metavar="NEW=OLD", multiple=True, help="A column's name in the target = source."
    ),
    click.option("--rule", metavar="COLUMN:RULES", multiple=True, help="What is forgiven, as in `compare`."),
    click.option("--ruleset", metavar="NAME", help="A named set of rules of the settings."),
    click.option("--columns", type=click.Choice(["all", "common"]), help="`common`: others do not count."),
    click.option("--threshold", metavar="SCORE", help="The match score to reach. Default: the preset's."),
    click.option("--memory", metavar="SIZE", help="Memory to plan with, such as 512MB."),
    click.option("--max-mismatches", type=click.IntRange(min=0), help="Differing rows kept for the report."),
    click.option(
        "--options",
        type=click.Path(path_type=Path),
        help="A YAML file with any option of the comparison; the flags win.",
    ),
    click.option("--type", "test_type", type=click.Choice(get_args(SessionType)), default="upload"),
    click.option(
        "--name", "test_name", default="", help="Name of the test. Default: the source's file name."
    ),
    click.option("--preset", help="A preset of the settings."),
    click.option("--allow-unchanged", is_flag=True, help="Accept a target that did not change."),
    click.option("--uploaded", is_flag=True, help="The paths are those of files in the upload folder."),
)


def session_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command all options of a session's order."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def order_from(source: str, target: str | None, given: Mapping[str, Any]) -> SessionSpec:
    """The order that the options make.

    Raises:
        OptionError: An option cannot be used.
    """
    kind = "upload" if given["uploaded"] else "path"
    return read_order(
        {
            "source": {"kind": kind, "path": source},
            "target": {"kind": kind, "path": target} if target else None,
            "comparison": _comparison(given),
            **{name: given[name] for name in ("test_type", "test_name", "preset", "allow_unchanged")},
        }
    )


def _comparison(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The comparison's options: the file's, then the flags'."""
    values: dict[str, Any] = {"key": "auto", **_from_file(given["options"])}
    if given["key"] is not None:
        values["key"] = {"auto": "auto", "none": None}.get(given["key"], _listed(given["key"]))
    for flag, name in LISTS.items():
        if given[flag] is not None:
            values[name] = _listed(given[flag])
    if given["rename"]:
        values["renames"] = dict(_renamed(text) for text in given["rename"])
    if given["rule"]:
        values["rules"] = parse_rules(given["rule"])
    for name in ("ruleset", "columns", "threshold", "memory", "max_mismatches"):
        if given[name] is not None:
            values[name] = given[name]
    return values


def _from_file(path: Path | None) -> Mapping[str, Any]:
    from smoke_pipeline.settings.load import read_yaml

    return read_yaml(path) if path else {}


def _listed(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _renamed(text: str) -> tuple[str, str]:
    new, equals, old = text.partition("=")
    if not (new and equals and old):
        raise InvalidOptionError(
            f"--rename {text!r} is not NEW=OLD.",
            suggestions=("Write the target's name, `=`, and the source's name.",),
        )
    return new, old

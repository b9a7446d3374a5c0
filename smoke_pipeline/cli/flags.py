"""The flags of a comparison, shared by the commands that compare; they are short hand for an options file."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from smoke_pipeline.comparison.options import full_names, parse_rules, parse_spec
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.settings.load import read_yaml

LISTS = ("ignore_columns", "ignore_source", "ignore_target")
PLAIN = ("ruleset", "columns", "threshold", "memory", "max_mismatches", "all_mismatches", "recheck")
_RENAMED = "Write the target's name, an equals sign, and the source's name."
KEYS = {"auto": "auto", "none": None}

FLAGS = (
    click.option("--key", metavar="A,B|auto|none", help="Key columns; found by itself; or whole rows."),
    click.option("--ignore", "ignore_columns", multiple=True, metavar="C,D", help="Columns to leave out."),
    click.option("--ignore-source", multiple=True, metavar="E", help="Columns of the source to leave out."),
    click.option("--ignore-target", multiple=True, metavar="F", help="Columns of the target to leave out."),
    click.option("--rename", "renames", multiple=True, metavar="NEW=OLD", help="NEW of the target is OLD."),
    click.option(
        "--rule", "rules", multiple=True, metavar="COLUMN:RULE,…", help="What to forgive; * for all."
    ),
    click.option("--ruleset", metavar="NAME", help="A rule set of the settings."),
    click.option("--read-source", multiple=True, metavar="KEY=VALUE", help="How the source's CSV is read."),
    click.option("--read-target", multiple=True, metavar="KEY=VALUE", help="How the target's CSV is read."),
    click.option("--options", "options_file", type=click.Path(path_type=Path), help="YAML with any option."),
    click.option("--columns", type=click.Choice(["all", "common"]), help="Compare what both sides have."),
    click.option("--threshold", metavar="PERCENT", help="The match score that passes."),
    click.option("--memory", metavar="SIZE", help="Memory to plan with, for instance 512MB."),
    click.option(
        "--all-mismatches", is_flag=True, default=None, help="Write every difference to mismatches.parquet."
    ),
    click.option("--sort-by", metavar="G,H", help="Order of the kept differing rows, before the key."),
    click.option(
        "--recheck", metavar="DURATION", help="Read differing keys of tables again after 60s, 5m, …"
    ),
    click.option("--max-mismatches", metavar="N", help="Differing rows to keep; the counts are complete."),
)


def comparison_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the flags of a comparison."""
    for flag in reversed(FLAGS):
        command = flag(command)
    return command


def options_from(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of the file, with the flags over them.

    Raises:
        SettingsError: The file cannot be read.
        OptionError: A flag is malformed.
    """
    options = full_names(read_yaml(given["options_file"])) if given["options_file"] else {}
    written = parse_spec(options)  # what the file says must hold by itself, before flags are added to it
    if given["key"] is not None:
        options["key"] = KEYS.get(given["key"], given["key"].split(","))
    if given["sort_by"]:
        options["sort_by"] = given["sort_by"].split(",")
    for name in LISTS:
        if given[name]:
            named = [one for text in given[name] for one in text.split(",")]
            options[name] = [*getattr(written, name), *named]
    options |= {name: given[name] for name in PLAIN if given[name] is not None}
    if given["renames"]:
        options["renames"] = {
            **written.renames,
            **pairs_of(given["renames"], "--rename", "NEW=OLD", _RENAMED),
        }
    for side in ("source", "target"):
        if given[f"read_{side}"]:
            options[side] = {**options.get(side, {}), **read_options(given[f"read_{side}"], f"--read-{side}")}
    if given["rules"]:
        options["rules"] = {**options.get("rules", {}), **parse_rules(given["rules"])}
    return options


def pairs_of(
    texts: Iterable[str], flag: str, form: str, way_out: str, *, may_be_empty: bool = False
) -> dict[str, str]:
    """What a flag of the form NAME=VALUE says, each time it is given.

    Args:
        texts: What was given.
        flag: Its name.
        form: What it must look like, such as `NEW=OLD`.
        way_out: What to do where it does not.
        may_be_empty: Whether a value may be the empty text.

    Raises:
        InvalidOptionError: A text is not of that form.
    """
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals and (value or may_be_empty)):
            raise InvalidOptionError(f"{flag} {text!r} is not of the form {form}.", suggestions=(way_out,))
        pairs[name] = value
    return pairs


def read_options(texts: Iterable[str], flag: str) -> dict[str, str]:
    """How a side is read, as a flag such as `--read-source encoding=utf-16` says it.

    Raises:
        InvalidOptionError: The text is not of that form.
    """
    pairs = pairs_of(texts, flag, "KEY=VALUE", f"Write it like {flag} encoding=utf-16.", may_be_empty=True)
    return {
        name: value.replace("\\t", "\t") if name == "delimiter" or value == "\\t" else value
        for name, value in pairs.items()
    }

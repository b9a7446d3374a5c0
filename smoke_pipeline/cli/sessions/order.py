"""The options that tell a new session what to do, shared by `smoke start` and `smoke run`."""

from collections.abc import Callable, Mapping
from typing import Any, get_args

import click

from smoke_pipeline.cli.bundles.flags import FORMATS_OPTION, formats_from
from smoke_pipeline.cli.flags import comparison_flags, options_from
from smoke_pipeline.cli.places.naming import place_flags, side_from
from smoke_pipeline.smoke_test.spec import SessionSpec, SessionType, read_order
from smoke_pipeline.snapshots.manifest import Side

OPTIONS = (
    click.option(
        "--type",
        "test_type",
        type=click.Choice(get_args(SessionType)),
        default="upload",
        help="What is tested; the session's id begins with it.",
    ),
    click.option(
        "--name", "test_name", default="", help="Name of the test. Default: the source's file name."
    ),
    click.option("--preset", metavar="NAME", help="A preset of the settings."),
    click.option("--allow-unchanged", is_flag=True, help="Accept a target that did not change."),
    click.option("--commit", metavar="SHA", help="The commit whose status on GitHub tells the verdict."),
    click.option(
        "--etl",
        metavar="KIND[:WHAT]",
        default="manual",
        help="What tells that the ETL has run: manual, webhook, object[:BUCKET/KEY], marker:FILE, "
        "job:NAME[@LOCATION], watermark:DATABASE:QUERY.",
    ),
    FORMATS_OPTION,
    click.option("--uploaded", is_flag=True, help="The paths are those of files in the upload folder."),
)


def session_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command all options of a session's order; without `--key` the key is found by itself."""
    for option in reversed(OPTIONS):
        command = option(command)
    return comparison_flags(place_flags(command))


def order_from(
    source: str, target: str | None, given: Mapping[str, Any], options: Mapping[str, Any] | None = None
) -> SessionSpec:
    """The order that the options make.

    Args:
        source: Where the data before lies.
        target: Where the data after lies; None for the source's place.
        given: The flags.
        options: The options of the comparison; default: as the flags have them.

    Raises:
        OptionError: An option cannot be used.
        SettingsError: The options file cannot be read.
    """
    written = {side: text for side, text in zip(Side, (source, target), strict=True) if text}
    return read_order(
        {
            **{
                str(side): side_from(text, side, given, is_upload=given["uploaded"])
                for side, text in written.items()
            },
            "comparison": {"key": "auto", **(options_from(given) if options is None else options)},
            **{name: given[name] for name in ("test_type", "test_name", "preset", "allow_unchanged")},
            "commit": given["commit"],
            "etl": etl_from(given["etl"]),
            "formats": formats_from(given),
        }
    )


def etl_from(text: str) -> dict[str, str]:
    """What tells that the ETL has run, as `--etl` says it; the order checks it."""
    kind, _, what = text.partition(":")
    if not what:
        return {"kind": kind}
    if kind == "job":
        job, _, location = what.partition("@")
        return {"kind": kind, "job": job, **({"location": location} if location else {})}
    if kind == "watermark":
        database, _, query = what.partition(":")
        return {"kind": kind, "database": database, "query": query}
    if kind == "object":
        bucket, _, key = what.partition("/")
        return {"kind": kind, "bucket": bucket, "key": key}
    return {"kind": kind, "path": what}

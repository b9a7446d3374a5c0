"""`smoke compare`: two files, compared where they lie."""

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from smoke_pipeline.comparison.compare import compare_snapshots
from smoke_pipeline.comparison.options import parse_rules, parse_spec
from smoke_pipeline.comparison.result import Verdict
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.readers.base import OnProgress, Progress
from smoke_pipeline.readers.files import open_file
from smoke_pipeline.report.bundle import write_bundle
from smoke_pipeline.report.summary import as_json, as_text
from smoke_pipeline.settings.load import load_settings, read_yaml
from smoke_pipeline.snapshots.base import InPlaceSnapshot
from smoke_pipeline.snapshots.manifest import Side

BUNDLE_NAME = "comparison_report"
_LISTS = ("ignore_columns", "ignore_source", "ignore_target")


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--key", metavar="A,B|auto", help="Columns that identify a row; `auto` finds them.")
@click.option("--ignore", "ignore_columns", multiple=True, metavar="C,D", help="Columns to leave out.")
@click.option("--ignore-source", multiple=True, metavar="E", help="Columns of the source to leave out.")
@click.option("--ignore-target", multiple=True, metavar="F", help="Columns of the target to leave out.")
@click.option("--rename", "renames", multiple=True, metavar="NEW=OLD", help="NEW of the target is OLD.")
@click.option("--rule", "rules", multiple=True, metavar="COLUMN:RULE,…", help="What to forgive; * for all.")
@click.option("--ruleset", metavar="NAME", help="A rule set of the settings.")
@click.option("--options", "options_file", type=click.Path(path_type=Path), help="YAML with any option.")
@click.option("--columns", type=click.Choice(["all", "common"]), help="Compare what both sides have.")
@click.option("--threshold", metavar="PERCENT", help="The match score that passes; default 100.")
@click.option("--memory", metavar="SIZE", help="Memory to plan with, for instance 512MB.")
@click.option("--engine", type=click.Choice(["local"]), default="local", help="Where to compare.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the report bundle.")
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", help="Of stdout.")
@click.option("--max-mismatches", metavar="N", help="Differing rows to keep; default 5000.")
def compare(source: Path, target: Path, **given: Any) -> None:
    """Compare two files: CSV, gzipped CSV, Parquet, or a ZIP that holds one CSV.

    Exit status 0: the match score reaches the threshold; 1: it does not; 2: the files could not be compared.
    """
    settings = load_settings()
    spec = parse_spec(_options(given))
    sides = [
        InPlaceSnapshot(open_file(path, options, limits=settings.uploads), side, origin=str(path))
        for path, options, side in ((source, spec.source, Side.SOURCE), (target, spec.target, Side.TARGET))
    ]
    result = compare_snapshots(
        sides[0],
        sides[1],
        spec,
        settings=settings.comparison,
        rulesets=settings.rulesets,
        on_progress=_progress_line() if sys.stderr.isatty() else None,
    )
    zip_path = None
    if given["out"]:
        zip_path = write_bundle(result, given["out"], name=BUNDLE_NAME, settings=settings.report).zip_path
    if given["output"] == "json":
        answer = as_json(result, zip_path, settings=settings.report)
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        click.echo(as_text(result, zip_path, settings=settings.report))
    sys.exit(0 if result.verdict is Verdict.PASSED else 1)


def _options(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of the file, with the flags over them."""
    options: dict[str, Any] = dict(read_yaml(given["options_file"])) if given["options_file"] else {}
    if given["key"] is not None:
        options["key"] = "auto" if given["key"] == "auto" else _split(given["key"])
    for name in _LISTS:
        if given[name]:
            options[name] = [
                *(options.get(name) or ()),
                *(one for text in given[name] for one in _split(text)),
            ]
    for name in ("ruleset", "columns", "threshold", "memory", "max_mismatches"):
        if given[name] is not None:
            options[name] = given[name]
    if given["renames"]:
        options["renames"] = {**(options.get("renames") or {}), **_renames(given["renames"])}
    if given["rules"]:
        options["rules"] = {**(options.get("rules") or {}), **parse_rules(given["rules"])}
    return options


def _split(text: str) -> list[str]:
    return text.split(",")


def _renames(texts: tuple[str, ...]) -> dict[str, str]:
    renames = {}
    for text in texts:
        new, equals, old = text.partition("=")
        if not equals or not new or not old:
            raise InvalidOptionError(
                f"--rename {text!r} is not of the form NEW=OLD.",
                suggestions=("Write the target's name, an equals sign, and the source's name.",),
            )
        renames[new] = old
    return renames


def _progress_line() -> OnProgress:
    """A line on the terminal that is written over at most five times a second."""
    started = last = time.monotonic()

    def show(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < 0.2:
            return
        last = now
        rate = progress.rows / (now - started)
        found = "" if progress.differences is None else f", {progress.differences:,} differences so far"
        line = f"{progress.stage}: {progress.rows:,} rows, {rate:,.0f} rows/s{found}"
        click.echo(f"\r{line:<79}", nl=False, err=True)

    return show

"""`smoke compare`: two files, compared where they lie."""

import json
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from smoke_pipeline.cli.bundles.flags import report_flags, report_settings
from smoke_pipeline.cli.bundles.hidden import hiding_lines
from smoke_pipeline.cli.bundles.writing import written_bundle
from smoke_pipeline.cli.flags import comparison_flags, options_from
from smoke_pipeline.cli.named.holding import baseline_flags, held_here, require_reason_with_accept
from smoke_pipeline.cli.places.naming import place_flags, side_from
from smoke_pipeline.cli.places.opening import Opening, opened_side
from smoke_pipeline.cli.places.pairing import by_name_option, paired
from smoke_pipeline.cli.places.rechecking import places_for_recheck, rechecked_here, require_engine
from smoke_pipeline.cli.progress import progress_line
from smoke_pipeline.comparison.compare import compare_snapshots
from smoke_pipeline.comparison.options import parse_spec
from smoke_pipeline.comparison.result import ComparisonResult, Verdict
from smoke_pipeline.comparison.spec import MISMATCHES_FILE, ComparisonSpec
from smoke_pipeline.readers.base import OnProgress
from smoke_pipeline.report.bundle import require_place
from smoke_pipeline.report.formats.as_json import more_facts
from smoke_pipeline.report.masking.key import masker_of
from smoke_pipeline.report.masking.result import masked_result
from smoke_pipeline.report.summary import as_json, as_text
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.smoke_test.places import Whereabouts
from smoke_pipeline.smoke_test.recheck.wanted import keeping_enough
from smoke_pipeline.snapshots.manifest import Side

BUNDLE_NAME = "comparison_report"


@click.command()
@click.argument("source", type=click.Path(path_type=str))
@click.argument("target", type=click.Path(path_type=str), required=False)
@comparison_flags
@place_flags
@by_name_option
@click.option("--preset", metavar="NAME", help="Preset whose stores and databases are meant.")
@click.option(
    "--engine", type=click.Choice(["local", "spark", "pushdown"]), default="local", help="Where to compare."
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the report bundle.")
@report_flags
@baseline_flags
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", help="Of stdout.")
def compare(source: str, target: str | None, **given: Any) -> None:
    """Compare two tables.

    A side is a file (CSV, gzipped CSV, Parquet, or a ZIP that holds one CSV), an object (s3://BUCKET/KEY), or
    a table of a database (mysql.NAME:TABLE, postgres.NAME:TABLE, oracle.NAME:TABLE). One ZIP that holds two
    CSVs is both sides; their names say which is the source, or else their order does.

    Exit status 0: the match score reaches the threshold, or with --baseline every difference was accepted; 1:
    neither; 2: the files could not be compared.
    """
    settings = _writing_into(given["out"], load_settings())
    options, where = options_from(given), Whereabouts(settings=settings, preset_name=given["preset"])
    sides = paired((source, target), given, options, where)
    spec = parse_spec(sides.with_members(options))
    require_engine(spec, given["engine"])
    require_reason_with_accept(given)
    report, masker = report_settings(settings, given), masker_of(settings, given["preset"])
    if given["out"]:
        require_place(given["out"])
    with progress_line() as on_progress, hiding_lines(settings, masker) as hiding:
        compared = {"spark": _with_spark, "pushdown": _in_database}.get(given["engine"], _here)
        found = compared((sides.source, sides.target), spec, hiding, given, on_progress)
    result, zip_path = masked_result(found, masker), None
    result = held_here(result, spec, settings, given, is_masking=masker is not None)
    if given["out"]:
        zip_path = written_bundle(result, given["out"], name=BUNDLE_NAME, report=report)
    if given["output"] == "json":
        answer = as_json(result, zip_path, settings=report) | sides.facts | more_facts(result, report)
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        click.echo(as_text(result, zip_path, settings=report))
        if sides.roles:
            click.echo(sides.roles.sentence)
        if spec.all_mismatches and settings.comparison.mismatches_dir:
            click.echo(f"Every difference: {settings.comparison.mismatches_dir / MISMATCHES_FILE}")
    sys.exit(0 if result.verdict is Verdict.PASSED else 1)


def _here(
    written: tuple[str, str],
    spec: ComparisonSpec,
    settings: Settings,
    given: Mapping[str, Any],
    on_progress: OnProgress | None,
) -> ComparisonResult:
    """Compare on this machine."""
    chosen = [side_from(text, side, given) for text, side in zip(written, Side, strict=True)]
    how = Opening(
        where=Whereabouts(settings=settings, preset_name=given["preset"]),
        digest=given["out"] is not None,
        on_progress=on_progress,
    )
    places = places_for_recheck(spec, chosen, how.where)
    with ExitStack() as stack:
        source, target = (
            stack.enter_context(opened_side(one, side, spec.read_options(side), how))
            for one, side in zip(chosen, Side, strict=True)
        )
        result = compare_snapshots(
            source,
            target,
            keeping_enough(spec, settings.comparison),
            settings=settings.comparison,
            rulesets=settings.rulesets,
            on_progress=on_progress,
        )
        return rechecked_here(result, spec, (source, target), places, how)


def _with_spark(
    written: tuple[str, str],
    spec: ComparisonSpec,
    settings: Settings,
    _given: Mapping[str, Any],
    on_progress: OnProgress | None,
) -> ComparisonResult:
    """Compare on the workers of Spark."""
    from smoke_pipeline.comparison.spark.availability import require_pyspark

    require_pyspark()
    from smoke_pipeline.comparison.spark.compare import compare_with_spark

    return compare_with_spark(*written, spec, settings=settings, on_progress=on_progress)


def _in_database(
    written: tuple[str, str],
    spec: ComparisonSpec,
    settings: Settings,
    given: Mapping[str, Any],
    on_progress: OnProgress | None,
) -> ComparisonResult:
    """Compare in the database that both tables are in."""
    from smoke_pipeline.smoke_test.pushdown.compare import compare_in_database

    source, target = (side_from(text, side, given) for text, side in zip(written, Side, strict=True))
    where = Whereabouts(settings=settings, preset_name=given["preset"])
    return compare_in_database((source, target), spec, where, on_progress=on_progress)


def _writing_into(out: Path | None, settings: Settings) -> Settings:
    """Settings by which every difference is written beside the report, if there is one."""
    comparison = settings.comparison.model_copy(update={"mismatches_dir": out} if out else {})
    return settings.model_copy(update={"comparison": comparison})

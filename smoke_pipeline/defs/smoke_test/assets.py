"""The four assets of a session, and the external one it waits for: read this and see the pipeline.

    source_snapshot -> etl_completed (outside) -> target_snapshot -> comparison -> report

Each materialization belongs to one session, the partition. What to do stands in the session's row, so that
Materialize on Dagster's page needs no configuration.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg

from smoke_pipeline.defs.failures import RETRIES, listening, step
from smoke_pipeline.defs.metadata import of_comparison, of_report, of_snapshot
from smoke_pipeline.defs.noted import StepContext
from smoke_pipeline.defs.partitions import smoke_sessions
from smoke_pipeline.defs.resources import SmokeResource
from smoke_pipeline.defs.smoke_test import checks
from smoke_pipeline.errors import ColumnsDifferError
from smoke_pipeline.settings.addresses import report_address
from smoke_pipeline.smoke_test.pipeline_names import VERDICT_TAG

if TYPE_CHECKING:
    from smoke_pipeline.comparison.result import ComparisonResult
    from smoke_pipeline.smoke_test.steps import TakenSide

GROUP = "smoke_test"

etl_completed = dg.AssetSpec(
    checks.ETL,
    description="Outside of this pipeline: the ETL under test has run. Report it when it is done, and "
    "the session is verified; no process waits for it.",
    deps=[checks.SOURCE],
    group_name=GROUP,
    kinds={"etl"},
    partitions_def=smoke_sessions,
)


@dg.asset(
    key=checks.SOURCE,
    partitions_def=smoke_sessions,
    group_name=GROUP,
    kinds={"parquet"},
    check_specs=checks.SOURCE_CHECKS,
    retry_policy=RETRIES,
)
def source_snapshot(context: dg.AssetExecutionContext, smoke: SmokeResource) -> dg.MaterializeResult:
    """The data before the ETL, frozen: what the ETL does later cannot change it."""
    from smoke_pipeline.smoke_test import steps
    from smoke_pipeline.snapshots.manifest import Side

    with step(context, smoke) as around:
        if _takes_both_sides(context):
            steps.require_two_places(context.partition_key, around)
        taken = steps.snapshot_side(
            context.partition_key, Side.SOURCE, around, on_progress=listening(context, smoke, around)
        )
    return _frozen(context, taken, checks.SOURCE)


@dg.asset(
    key=checks.TARGET,
    deps=[checks.SOURCE, checks.ETL],
    partitions_def=smoke_sessions,
    group_name=GROUP,
    kinds={"parquet"},
    check_specs=checks.TARGET_CHECKS,
    retry_policy=RETRIES,
)
def target_snapshot(context: dg.AssetExecutionContext, smoke: SmokeResource) -> dg.MaterializeResult:
    """The data after the ETL, frozen, so that it can be compared again."""
    from smoke_pipeline.smoke_test import steps
    from smoke_pipeline.snapshots.manifest import Side

    with step(context, smoke) as around:
        taken = steps.snapshot_side(
            context.partition_key, Side.TARGET, around, on_progress=listening(context, smoke, around)
        )
    return _frozen(context, taken, checks.TARGET)


@dg.asset(
    key=checks.COMPARISON,
    deps=[checks.SOURCE, checks.TARGET],
    partitions_def=smoke_sessions,
    group_name=GROUP,
    kinds={"arrow"},
    check_specs=checks.COMPARISON_CHECKS,
    retry_policy=RETRIES,
)
def comparison(
    context: dg.AssetExecutionContext, smoke: SmokeResource
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
    """Which rows match, which differ, and which one side has alone; the checks tell the verdict."""
    from smoke_pipeline.smoke_test import steps
    from smoke_pipeline.smoke_test.results import claims
    from smoke_pipeline.smoke_test.results.addresses import page_of

    with step(context, smoke) as around:
        try:
            result = steps.compare_and_record(
                context.partition_key, around, on_progress=listening(context, smoke, around)
            )
        except ColumnsDifferError as error:
            yield from checks.results_of([claims.columns_differ(error)], checks.COMPARISON)
            raise
        metadata = of_comparison(result, around.settings.report)
        page = page_of(context.partition_key, around)
    tell_verdict(context, result)
    found = checks.results_of(claims.claims_of(result), checks.COMPARISON, page=page)
    yield dg.MaterializeResult(metadata=metadata, check_results=[*found])


@dg.asset(
    key=checks.REPORT,
    deps=[checks.COMPARISON],
    partitions_def=smoke_sessions,
    group_name=GROUP,
    kinds={"html", "csv"},
    retry_policy=RETRIES,
)
def report(context: dg.AssetExecutionContext, smoke: SmokeResource) -> dg.MaterializeResult:
    """What a person takes away: a link to the page, and the bundle of page, differences and facts."""
    from smoke_pipeline.smoke_test import steps

    with step(context, smoke) as around:
        published = steps.publish_report(context.partition_key, around)
        page = report_address(around.settings.report_server, context.partition_key, published.shown)
        metadata = of_report(published, page, around.settings.report)
    return dg.MaterializeResult(metadata=metadata)


def tell_verdict(context: StepContext, result: "ComparisonResult") -> None:
    """Show in the list of runs, and in the run's log, what a comparison found."""
    context.instance.add_run_tags(context.run.run_id, {VERDICT_TAG: result.verdict.value})
    context.log.info("%s rows of %s match.", f"{result.counts.matched:,}", f"{result.counts.larger:,}")


def _takes_both_sides(context: dg.AssetExecutionContext) -> bool:
    """Whether this run takes the target as well, with no ETL between."""
    chosen = context.run.asset_selection or context.job_def.asset_layer.executable_asset_keys
    return checks.TARGET in chosen


def _frozen(
    context: dg.AssetExecutionContext, taken: "TakenSide", asset: dg.AssetKey
) -> dg.MaterializeResult:
    """What Dagster is told of a side that was frozen."""
    context.log.info("Froze %s rows of %s.", f"{taken.manifest.rows:,}", taken.manifest.origin)
    return dg.MaterializeResult(
        metadata=of_snapshot(taken.manifest, taken.address),
        check_results=[*checks.results_of(taken.claims, asset)],
        data_version=dg.DataVersion(str(taken.manifest.sha256)),
    )

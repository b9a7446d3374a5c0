"""The comparison as an asset of several steps, which may run side by side on several machines.

    deal -> compare_part (once for each part) -> merge

It stands in for `assets.comparison` where the settings ask for more than one part: the same asset, with the
same checks, metadata and result. The steps hand over files of the session's folder, which all must reach.
"""

from collections.abc import Iterator

import dagster as dg

from smoke_pipeline.defs.failures import RETRIES, listening, step
from smoke_pipeline.defs.metadata import of_comparison
from smoke_pipeline.defs.partitions import smoke_sessions
from smoke_pipeline.defs.resources import SmokeResource
from smoke_pipeline.defs.smoke_test import checks
from smoke_pipeline.defs.smoke_test.assets import GROUP, tell_verdict
from smoke_pipeline.errors import ColumnsDifferError

COLUMNS, *_FOUND_AT_THE_END = checks.COMPARISON_CHECKS
_LATE = {spec.name: spec.get_python_identifier() for spec in _FOUND_AT_THE_END}


@dg.op(
    ins={"source": dg.In(dg.Nothing), "target": dg.In(dg.Nothing)},
    out={"parts": dg.DynamicOut(int), COLUMNS.name: dg.Out()},
    retry_policy=RETRIES,
    description="Settles columns and key, and tells which parts there are.",
)
def deal(
    context: dg.OpExecutionContext, smoke: SmokeResource
) -> Iterator[dg.AssetCheckResult | dg.DynamicOutput[int]]:
    """The numbers of the parts."""
    from smoke_pipeline.smoke_test.parts import steps
    from smoke_pipeline.smoke_test.results import claims

    with step(context, smoke) as around:
        try:
            dealt = steps.deal(context.partition_key, around)
        except ColumnsDifferError as error:
            yield from checks.results_of([claims.columns_differ(error)], checks.COMPARISON)
            raise
    for part in dealt.parts:
        yield dg.DynamicOutput(part.number, mapping_key=f"part_{part.number}", output_name="parts")
    yield from checks.results_of([claims.columns_match(dealt.columns)], checks.COMPARISON)


@dg.op(retry_policy=RETRIES, description="Compares the rows of one part.")
def compare_part(context: dg.OpExecutionContext, number: int, smoke: SmokeResource) -> int:
    """The number of the part, whose findings lie in the session's folder."""
    from smoke_pipeline.smoke_test.parts import steps

    with step(context, smoke) as around:
        part = steps.compare_one_part(
            context.partition_key, number, around, on_progress=listening(context, smoke, around)
        )
    found, engine = part.found.tally, part.found.engine
    context.log.info(
        "Part %s: %s rows match, %s do not.", part.part, f"{found.matched:,}", f"{found.differences:,}"
    )
    context.add_output_metadata(
        {"matched": found.matched, "differences": found.differences, "elapsed_s": round(engine.elapsed_s, 3)}
    )
    return number


@dg.op(
    out={"result": dg.Out(dg.Nothing), **dict.fromkeys(_LATE, dg.Out())},
    retry_policy=RETRIES,
    description="Adds up what the parts found, and writes it down.",
)
def merge(
    context: dg.OpExecutionContext,
    parts: list[int],  # noqa: ARG001 - what they found lies in the session's folder
    smoke: SmokeResource,
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
    """The whole result."""
    from smoke_pipeline.smoke_test.parts import steps
    from smoke_pipeline.smoke_test.results import claims
    from smoke_pipeline.smoke_test.results.addresses import page_of

    with step(context, smoke) as around:
        result = steps.merge_and_record(
            context.partition_key, around, on_progress=listening(context, smoke, around)
        )
        metadata = of_comparison(result, around.settings.report)
        page = page_of(context.partition_key, around)
    tell_verdict(context, result)
    late = [claim for claim in claims.claims_of(result) if claim.name in _LATE]
    yield from checks.results_of(late, checks.COMPARISON, page=page)
    yield dg.MaterializeResult(asset_key=checks.COMPARISON, metadata=metadata)


@dg.graph_asset(
    key=checks.COMPARISON,
    ins={
        "source": dg.AssetIn(checks.SOURCE, dagster_type=dg.Nothing),
        "target": dg.AssetIn(checks.TARGET, dagster_type=dg.Nothing),
    },
    partitions_def=smoke_sessions,
    group_name=GROUP,
    kinds={"arrow"},
    check_specs=checks.COMPARISON_CHECKS,
)
def comparison_in_parts(source, target):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - a graph
    """Which rows match, which differ, and which one side has alone; the checks tell the verdict."""
    dealt = deal(source=source, target=target)
    merged = merge(dealt.parts.map(compare_part).collect())
    return {
        "result": merged.result,
        COLUMNS.get_python_identifier(): dealt.columns_match,
        **{identifier: getattr(merged, name) for name, identifier in _LATE.items()},
    }

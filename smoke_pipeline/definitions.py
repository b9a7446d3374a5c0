"""What Dagster loads: the whole pipeline, put together."""

from collections.abc import Mapping, Sequence

import dagster as dg

from smoke_pipeline.defs.notices.sensors import notices_sent
from smoke_pipeline.defs.resources import SmokeResource
from smoke_pipeline.defs.signals import sensors as signals
from smoke_pipeline.defs.smoke_test import assets, jobs, keeping, sensors
from smoke_pipeline.defs.smoke_test.parts import comparison_in_parts
from smoke_pipeline.defs.suites.jobs import run_suite
from smoke_pipeline.defs.suites.schedules import schedules_of
from smoke_pipeline.defs.suites.sensors import suites_driven
from smoke_pipeline.settings.load import load_settings

SENSORS = (
    sensors.session_started,
    sensors.run_succeeded,
    sensors.run_failed,
    sensors.run_cancelled,
    sensors.runs_reconciled,
    signals.etl_looked_for,
    signals.etl_job_succeeded,
    signals.etl_verified,
    suites_driven,
    notices_sent,
)


def owned_by(
    owners: Sequence[str], shown: Sequence[dg.AssetsDefinition | dg.AssetSpec]
) -> Sequence[dg.AssetsDefinition | dg.AssetSpec]:
    """The assets with those who are asked about them."""
    return dg.map_asset_specs(lambda spec: spec.replace_attributes(owners=list(owners)), shown)


def build_definitions(
    resources: Mapping[str, object] | None = None,
    *,
    partitions: int | None = None,
    executor: dg.ExecutorDefinition | None = None,
) -> dg.Definitions:
    """Everything Dagster shows and runs.

    Args:
        resources: Replaces the real resources of the same name.
        partitions: Parts in which a session compares; default: as the settings say.
        executor: What runs the steps of a run; default: the run's own process, or a process for each step
            where a session compares in parts.

    Raises:
        SettingsError: The settings cannot be used.
    """
    settings = load_settings()
    in_parts = (partitions or settings.comparison.partitions) > 1
    usual = dg.multiprocess_executor if in_parts else dg.in_process_executor
    return dg.Definitions(
        assets=owned_by(
            settings.dagster.owners,
            [
                assets.source_snapshot,
                assets.etl_completed,
                assets.target_snapshot,
                comparison_in_parts if in_parts else assets.comparison,
                assets.report,
            ],
        ),
        jobs=[
            jobs.start_session,
            jobs.take_source,
            jobs.take_target,
            jobs.compare,
            jobs.verify,
            jobs.smoke_test,
            keeping.clean_up,
            run_suite,
        ],
        schedules=[keeping.daily_clean_up, *schedules_of(settings)],
        sensors=SENSORS,
        resources={"smoke": SmokeResource(), **(resources or {})},
        executor=executor or usual,
    )


defs = build_definitions()

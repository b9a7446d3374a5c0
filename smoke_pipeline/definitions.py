"""What Dagster loads: the whole pipeline, put together."""

from collections.abc import Mapping

import dagster as dg

from smoke_pipeline.defs.resources import SmokeResource
from smoke_pipeline.defs.smoke_test import assets, jobs, sensors


def build_definitions(resources: Mapping[str, object] | None = None) -> dg.Definitions:
    """Everything Dagster shows and runs.

    Args:
        resources: Replaces the real resources of the same name.
    """
    return dg.Definitions(
        assets=[
            assets.source_snapshot,
            assets.etl_completed,
            assets.target_snapshot,
            assets.comparison,
            assets.report,
        ],
        jobs=[jobs.start_session, jobs.take_source, jobs.verify, jobs.smoke_test],
        sensors=[sensors.session_started],
        resources={"smoke": SmokeResource(), **(resources or {})},
        executor=dg.in_process_executor,
    )


defs = build_definitions()

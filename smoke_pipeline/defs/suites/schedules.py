"""A schedule for each suite that has one."""

import logging
from collections.abc import Iterator

import dagster as dg

from smoke_pipeline.defs.suites.jobs import run_suite
from smoke_pipeline.errors import SmokePipelineError
from smoke_pipeline.settings.model import Settings

_LOGGER = logging.getLogger(__name__)


def schedules_of(settings: Settings) -> Iterator[dg.ScheduleDefinition]:
    """The schedules; a suite that cannot be used has none, and keeps nothing else from being loaded."""
    from smoke_pipeline.smoke_test.suites.definition import all_suites

    try:
        found = list(all_suites(settings))
    except SmokePipelineError as error:
        _LOGGER.warning("No suite has a schedule: %s", error.message)
        return
    for name, suite in found:
        if isinstance(suite, SmokePipelineError):
            _LOGGER.warning("The suite %s has no schedule: %s", name, suite.message)
        elif suite.schedule is not None:
            yield dg.ScheduleDefinition(
                name=f"suite_{name}",
                job=run_suite,
                cron_schedule=suite.schedule,
                run_config={"ops": {"suite": {"config": {"suite": name}}}},
                default_status=dg.DefaultScheduleStatus.RUNNING,
                description=suite.description or f"Runs the suite {name}.",
            )

"""A suite is begun: everything that it will test is written down, and the sensor goes on with it."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import dagster as dg
from pydantic import Field

from smoke_pipeline.defs.failures import failing_clearly
from smoke_pipeline.defs.recording import recorded
from smoke_pipeline.defs.resources import SmokeResource
from smoke_pipeline.errors import SmokePipelineError
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import Settings


class Days(Enum):
    """Which days from the first to the last are meant."""

    day = "day"
    week = "week"
    month = "month"
    month_end = "month-end"


class SuiteOrder(dg.Config):
    """Which suite is run, and for which days."""

    suite: str = Field(description="The name of a suite, that of its file without `.yaml`.")
    first_day: str | None = Field(
        default=None,
        description="Run it from this day on instead of the days of its matrix: `2026-01-31`, `today`, or "
        "`today-30d`. Empty: as the suite says.",
    )
    last_day: str | None = Field(default=None, description="Up to this day. Empty: as the suite says.")
    every: Days | None = Field(
        default=None,
        description="Which days between them: every `day`, every seventh (`week`), the first of each month "
        "(`month`), or its last (`month_end`). Empty: as the suite says.",
    )
    over: str | None = Field(
        default=None,
        description="The parameter of the matrix whose values the days are. Empty: the one that has days.",
    )


@dg.op(
    description="Writes down every test of the suite; the sensor `suites_driven` begins their sessions.",
    out=dg.Out(str, description="The id of this run of the suite."),
)
def suite(context: dg.OpExecutionContext, config: SuiteOrder, smoke: SmokeResource) -> str:
    """A suite that was begun."""
    from smoke_pipeline.history.keeping.cache import MetadataCache
    from smoke_pipeline.smoke_test.suites.cases import today_of
    from smoke_pipeline.smoke_test.suites.definition import require_suite
    from smoke_pipeline.smoke_test.suites.other_dates import OtherDates, over_dates
    from smoke_pipeline.smoke_test.suites.running import begin

    asked = OtherDates(
        first=config.first_day,
        last=config.last_day,
        every=config.every.value if config.every else None,
        over=config.over,
    )

    with failing_clearly(), smoke.opened() as around, recorded("run_suite", "run_suite", around):
        if around.database is None:
            raise dg.Failure("The history lies in memory.", allow_retries=False)
        notes = MetadataCache(around.database, around.now)
        chosen = over_dates(require_suite(config.suite, around.settings), asked, today_of(around))
        begun = begin(chosen, around, notes, driver="dagster")
    context.log.info("Suite %s has %s tests.", begun.suite_id, f"{len(begun.cases):,}")
    context.add_output_metadata({"suite_id": begun.suite_id, "tests": len(begun.cases)})
    return begun.suite_id


def usable_suites(settings: Settings) -> Sequence[str]:
    """The names of the suites that can be run, as they are when the pipeline is loaded."""
    from smoke_pipeline.smoke_test.suites.definition import all_suites

    try:
        return [name for name, one in all_suites(settings) if not isinstance(one, SmokePipelineError)]
    except SmokePipelineError:
        return ()


def opening(names: Sequence[str]) -> Mapping[str, Any]:
    """What the job says of its launchpad, which opens with the first suite; nothing where there is none."""
    return {"config": {"ops": {"suite": {"config": {"suite": names[0]}}}}} if names else {}


_SUITES = usable_suites(load_settings())


@dg.job(
    description="Run a suite of tests, for the days of its matrix or for others; the run config names it. "
    f"There {'are' if len(_SUITES) > 1 else 'is'}: {', '.join(f'`{name}`' for name in _SUITES) or 'none'}.",
    **opening(_SUITES),
)
def run_suite() -> None:
    """A suite."""
    suite()

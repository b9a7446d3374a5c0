"""A suite is begun: everything that it will test is written down, and the sensor goes on with it."""

import dagster as dg
from pydantic import Field

from smoke_pipeline.defs.failures import failing_clearly
from smoke_pipeline.defs.recording import recorded
from smoke_pipeline.defs.resources import SmokeResource


class SuiteOrder(dg.Config):
    """Which suite is run."""

    suite: str = Field(description="The name of a suite, that of its file without `.yaml`.")


@dg.op(
    description="Writes down every test of the suite; the sensor `suites_driven` begins their sessions.",
    out=dg.Out(str, description="The id of this run of the suite."),
)
def suite(context: dg.OpExecutionContext, config: SuiteOrder, smoke: SmokeResource) -> str:
    """A suite that was begun."""
    from smoke_pipeline.history.keeping.cache import MetadataCache
    from smoke_pipeline.smoke_test.suites.definition import require_suite
    from smoke_pipeline.smoke_test.suites.running import begin

    with failing_clearly(), smoke.opened() as around, recorded("run_suite", "run_suite", around):
        if around.database is None:
            raise dg.Failure("The history lies in memory.", allow_retries=False)
        notes = MetadataCache(around.database, around.now)
        begun = begin(require_suite(config.suite, around.settings), around, notes, driver="dagster")
    context.log.info("Suite %s has %s tests.", begun.suite_id, f"{len(begun.cases):,}")
    context.add_output_metadata({"suite_id": begun.suite_id, "tests": len(begun.cases)})
    return begun.suite_id


@dg.job(description="Run a suite of tests: the run config names it.")
def run_suite() -> None:
    """A suite."""
    suite()

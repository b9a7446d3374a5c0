"""The orders that a person gives: start a session, take its source, verify it, or all at once."""

import dagster as dg

from smoke_pipeline.defs.failures import failing_clearly
from smoke_pipeline.defs.partitions import smoke_sessions
from smoke_pipeline.defs.recording import recorded
from smoke_pipeline.defs.resources import SmokeResource
from smoke_pipeline.defs.smoke_test import checks
from smoke_pipeline.defs.smoke_test.order import SessionOrder, Then, written_out
from smoke_pipeline.smoke_test.example import example_order
from smoke_pipeline.smoke_test.pipeline_names import (
    COMPARE,
    SESSION_TAG,
    TAKE_SOURCE,
    TAKE_TARGET,
    TEST_TAG,
    VERIFY,
)

THEN_TAG = "smoke/then"

NEXT = {
    Then.nothing: "Materialize the session's assets, or launch `take_source` and later `verify`.",
    Then.take_source: "A run of `take_source` follows. Run the ETL after it, then launch `verify`.",
    Then.smoke_test: "A run of `smoke_test` follows.",
}


@dg.op(
    description="Writes the session down, and adds it to the partitions.",
    out=dg.Out(str, description="The session's id, its partition key."),
)
def session(context: dg.OpExecutionContext, config: SessionOrder, smoke: SmokeResource) -> str:
    """A new session, written down and added to the partitions."""
    from smoke_pipeline.smoke_test.named.filling import order_of_test
    from smoke_pipeline.smoke_test.named.finding import require_test
    from smoke_pipeline.smoke_test.spec import read_order
    from smoke_pipeline.smoke_test.start import start_session as start

    with (
        failing_clearly(),
        smoke.opened() as around,
        recorded("start_session", "start_session", around) as action,
    ):
        order = (
            order_of_test(require_test(config.named_test, around), config.parameters)
            if config.named_test
            else read_order(config.values())
        )
        started = start(order, around, at_once=config.then is Then.smoke_test)
        if action is not None:
            action.session_id, action.preset = started.session_id, started.preset
    session_id = started.session_id
    context.instance.add_dynamic_partitions(str(smoke_sessions.name), [session_id])
    tags = {SESSION_TAG: session_id, TEST_TAG: started.test_name, THEN_TAG: config.then.value}
    context.instance.add_run_tags(context.run_id, tags)
    context.log.info("Session %s is there. %s", session_id, NEXT[config.then])
    context.add_output_metadata({"session_id": session_id, "next": NEXT[config.then]})
    return session_id


@dg.job(
    description="Start a new smoke test; the run config is its whole order. The launchpad opens with an "
    "example of tables that are shipped, which can be launched as it is, and with the defaults of what it "
    "does not say; each field explains itself.",
    config={"ops": {"session": {"config": written_out({**example_order(), "then": Then.smoke_test.value})}}},
)
def start_session() -> None:
    """A new session."""
    session()


take_source = dg.define_asset_job(
    TAKE_SOURCE,
    selection=dg.AssetSelection.assets(checks.SOURCE),
    description="Freeze the data before the ETL.",
)

take_target = dg.define_asset_job(
    TAKE_TARGET,
    selection=dg.AssetSelection.assets(checks.TARGET),
    description="Freeze the data after the ETL.",
)

compare = dg.define_asset_job(
    COMPARE,
    selection=dg.AssetSelection.assets(checks.COMPARISON, checks.REPORT),
    description="Compare the two sides that were taken, again if need be, and build the report.",
)

verify = dg.define_asset_job(
    VERIFY,
    selection=dg.AssetSelection.assets(checks.TARGET, checks.COMPARISON, checks.REPORT),
    description="After the ETL: freeze the data, compare it with the source, build the report.",
)

smoke_test = dg.define_asset_job(
    "smoke_test",
    selection=dg.AssetSelection.assets(checks.SOURCE, checks.TARGET, checks.COMPARISON, checks.REPORT),
    description="Everything at once, for two sides that are different places.",
)

"""`smoke start`, `smoke continue` and `smoke run`: a session's steps as runs of the pipeline."""

from collections.abc import Mapping
from typing import Any

import click

from smoke_pipeline.cli.flags import options_from
from smoke_pipeline.cli.places.pairing import by_name_option, paired
from smoke_pipeline.cli.sessions.answer import exit_status, format_option, print_outcome
from smoke_pipeline.cli.sessions.choosing import named_order, param_option, require_no_more
from smoke_pipeline.cli.sessions.order import order_from, session_options
from smoke_pipeline.history.records import Step
from smoke_pipeline.history.sharing import postgres
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.smoke_test.access.permissions import session_to_change
from smoke_pipeline.smoke_test.outcome import Outcome, outcome_of
from smoke_pipeline.smoke_test.spec import SessionSpec
from smoke_pipeline.smoke_test.start import require_both
from smoke_pipeline.smoke_test.surroundings import Surroundings, open_surroundings


@click.command()
@click.argument("source")
@click.argument("target", required=False)
@session_options
@param_option
@format_option
@click.pass_context
def start(ctx: click.Context, /, source: str, target: str | None, form: str, **given: Any) -> None:
    """Start a smoke test: freeze SOURCE, the data before the ETL; or a named test, SOURCE being its name.

    After the ETL, `smoke continue` reads TARGET (default: the same place) and compares. The exit status is 0
    where the source was taken.
    """
    from smoke_pipeline.cli.runs import open_pipeline

    settings = load_settings()
    with open_pipeline(settings) as pipeline, open_surroundings(settings) as around:
        order = named_order(source, target, given["params"], around)
        if order is None:
            order = order_from(source, target, given)
        else:
            require_no_more(ctx)
        session_id = pipeline.start(order)
        pipeline.run("take_source", session_id)
        print_outcome(outcome_of(session_id, around), around, form)


@click.command("continue")
@click.argument("session_id", metavar="SESSION")
@format_option
@click.pass_context
def continue_(ctx: click.Context, /, session_id: str, form: str) -> None:
    """Go on with a session: after the ETL, take the target, compare, and build the report.

    The exit status is 0 passed, 1 failed or unproven, 2 no verdict.
    """
    from smoke_pipeline.cli.runs import open_pipeline

    settings = load_settings()
    with open_pipeline(settings) as pipeline, open_surroundings(settings) as around:
        awaits_source = session_to_change(session_id, around).step is Step.AWAITING_SOURCE
        if not awaits_source:
            pipeline.report_etl_completed(session_id)
        pipeline.run("take_source" if awaits_source else "verify", session_id)
        outcome = outcome_of(session_id, around)
        print_outcome(outcome, around, form)
    ctx.exit(0 if awaits_source else exit_status(outcome))


@click.command()
@click.argument("source")
@click.argument("target", required=False)
@session_options
@by_name_option
@param_option
@format_option
@click.pass_context
def run(ctx: click.Context, /, source: str, target: str | None, form: str, **given: Any) -> None:
    """Start a smoke test of two places that are there now, and take both sides at once.

    SOURCE may be the name of a test instead, which says all the rest; --param fills its places.

    One ZIP that holds two CSVs is both sides; their names say which is the source, or else their order does.

    The exit status is 0 passed, 1 failed or unproven, 2 no verdict.
    """
    settings = load_settings()
    with postgres(settings), open_surroundings(settings) as around:
        order = named_order(source, target, given["params"], around)
        if order is None:
            order = _order_of_places(source, target, given, around)
        else:
            require_no_more(ctx)
        outcome = run_at_once(order, around)
        print_outcome(outcome, around, form)
    ctx.exit(exit_status(outcome))


def _order_of_places(
    source: str, target: str | None, given: Mapping[str, Any], around: Surroundings
) -> SessionSpec:
    """The order of two places, told apart by name where one ZIP holds both."""
    options, where = options_from(given), around.whereabouts(given["preset"])
    sides = paired((source, target), given, options, where, is_upload=given["uploaded"])
    order = order_from(sides.source, sides.target, given, sides.with_members(options))
    if sides.roles:
        click.echo(sides.roles.sentence, err=True)
    return order


def run_at_once(order: SessionSpec, around: Surroundings) -> Outcome:
    """A whole session, through the pipeline.

    Raises:
        SmokePipelineError: The session is refused, or a step stopped.
    """
    from smoke_pipeline.cli.runs import open_pipeline

    with open_pipeline(around.settings) as pipeline:
        require_both(order, around)
        session_id = pipeline.start(order)
        pipeline.run("smoke_test", session_id)
        return outcome_of(session_id, around)

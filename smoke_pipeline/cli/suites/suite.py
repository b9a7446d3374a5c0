"""`smoke suite`: list, run and show suites of tests."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from smoke_pipeline.cli.answers.tables import aligned, print_json
from smoke_pipeline.cli.sessions.answer import COULD_NOT, NOT_PASSED, format_option
from smoke_pipeline.cli.suites.dates import dates_options
from smoke_pipeline.cli.suites.driving import drive, driving, left_over
from smoke_pipeline.errors import InvalidOptionError, SmokePipelineError
from smoke_pipeline.history.keeping.cache import MetadataCache
from smoke_pipeline.history.sharing import postgres
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.smoke_test.suites.cases import today_of
from smoke_pipeline.smoke_test.suites.definition import all_suites, require_suite
from smoke_pipeline.smoke_test.suites.other_dates import OtherDates, over_dates
from smoke_pipeline.smoke_test.suites.record import PASSED, Notes, SuiteRun, runs_of
from smoke_pipeline.smoke_test.suites.running import begin
from smoke_pipeline.smoke_test.suites.summary import as_dict, summary_folder
from smoke_pipeline.smoke_test.surroundings import Surroundings, open_surroundings, require_database

STATUS = {PASSED: 0, None: COULD_NOT}
"""Exit status by verdict; every other verdict is one that is not passed."""


@click.group()
def suite() -> None:
    """Run many tests together, with one verdict."""


@suite.command("list")
@format_option
def list_(form: str) -> None:
    """List the suites."""
    found = dict(all_suites(load_settings()))
    rows = [
        {"suite": name, "schedule": None, "problem": one.message, "description": ""}
        if isinstance(one, SmokePipelineError)
        else {"suite": name, "schedule": one.schedule, "problem": None, "description": one.description}
        for name, one in found.items()
    ]
    if form == "json":
        print_json({"suites": rows})
        return
    lines = [
        (str(row["suite"]), str(row["schedule"] or "on demand"), str(row["problem"] or row["description"]))
        for row in rows
    ]
    for line in aligned([("suite", "schedule", "what"), *lines]):
        click.echo(line)


@suite.command()
@click.argument("name")
@dates_options
@click.option("--resume", is_flag=True, help="Go on with the run of the suite that was left in the middle.")
@format_option
@click.pass_context
def run(ctx: click.Context, /, name: str, form: str, dates: OtherDates, resume: bool) -> None:
    """Run the suite NAME here, one test after the other.

    Days for which it is run are named as in its matrix: --from 2026-01-01 --to today --every month-end.

    The exit status is 0 where all passed, 1 where one did not, 2 where one waits for its ETL.
    """
    from smoke_pipeline.cli.runs import open_pipeline

    settings = load_settings()
    chosen = require_suite(name, settings)
    if resume and dates != OtherDates():
        raise click.UsageError("--resume goes on with the days of before; leave the others out.")
    with open_pipeline(settings) as pipeline, _opened() as (around, notes):
        if resume:
            begun = left_over(name, around, notes)
        else:
            begun = begin(over_dates(chosen, dates, today_of(around)), around, notes, driver="command")
        with driving(begun, around):
            begun = drive(begun, pipeline, around, notes)
        _print(begun, around, form)
    ctx.exit(STATUS.get(begun.verdict, NOT_PASSED))


@suite.command()
@click.argument("name")
@format_option
@click.pass_context
def show(ctx: click.Context, /, name: str, form: str) -> None:
    """Show how the suite NAME went when it was last run, test by test."""
    with _opened() as (around, notes):
        require_suite(name, around.settings)
        found = runs_of(notes, name)
        if not found:
            raise InvalidOptionError(
                f"The suite {name!r} was not run yet.", (f"Run it: smoke suite run {name}",)
            )
        _print(found[0], around, form)
    ctx.exit(STATUS.get(found[0].verdict, NOT_PASSED))


@contextmanager
def _opened() -> Iterator[tuple[Surroundings, Notes]]:
    loaded = load_settings()
    with postgres(loaded), open_surroundings(loaded) as around:
        yield around, MetadataCache(require_database(around), around.now)


def _print(run: SuiteRun, around: Surroundings, form: str) -> None:
    folder = summary_folder(run.suite_id, around)
    if form == "json":
        print_json({**as_dict(run, around.settings.report_server), "folder": str(folder)})
        return
    click.echo(f"suite {run.suite}  {(run.verdict or 'goes on').upper()}  {run.sentence}")
    lines = [
        (case.label, case.verdict or "goes on", case.counts, case.session_id or "", case.because)
        for case in run.cases
    ]
    for line in aligned(lines) if lines else ():
        click.echo(line)
    if run.ended_at:
        click.echo(f"summary {folder}")

"""`smoke suite`: list, run and show suites of tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import click

from smoke_pipeline.cli.answers.tables import aligned, print_json
from smoke_pipeline.cli.sessions.answer import COULD_NOT, NOT_PASSED, format_option
from smoke_pipeline.cli.suites.dates import dates_options
from smoke_pipeline.errors import InvalidOptionError, SmokePipelineError
from smoke_pipeline.history.keeping.cache import MetadataCache
from smoke_pipeline.history.sharing import postgres
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.smoke_test.suites.cases import today_of
from smoke_pipeline.smoke_test.suites.definition import all_suites, require_suite
from smoke_pipeline.smoke_test.suites.other_dates import OtherDates, over_dates
from smoke_pipeline.smoke_test.suites.record import PASSED, Notes, SuiteRun, keep, run_of, runs_of
from smoke_pipeline.smoke_test.suites.running import begin, go_on
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
@format_option
@click.pass_context
def run(ctx: click.Context, /, name: str, form: str, dates: OtherDates) -> None:
    """Run the suite NAME here, one test after the other.

    Days for which it is run are named as in its matrix: --from 2026-01-01 --to today --every month-end.

    The exit status is 0 where all passed, 1 where one did not, 2 where one waits for its ETL.
    """
    from smoke_pipeline.cli.runs import open_pipeline

    settings = load_settings()
    chosen = require_suite(name, settings)
    with open_pipeline(settings) as pipeline, _opened() as (around, notes):
        chosen = over_dates(chosen, dates, today_of(around))
        begun = replace(begin(chosen, around, notes, driver="command"), parallel=1)
        ran: set[str] = set()
        while True:
            launches = [one for one in go_on(begun, around, notes) if one.session_id not in ran]
            begun = run_of(begun.suite_id, notes) or begun
            if not launches:
                break
            for launch in launches:
                ran.add(launch.session_id)
                click.echo(f"{launch.session_id} …", err=True)
                try:
                    pipeline.run(launch.job, launch.session_id)
                except SmokePipelineError as error:
                    click.echo(f"  {error.message}", err=True)
        if begun.ended_at is None:
            keep(replace(begun, driver="dagster"), notes)
            click.echo("Some tests wait for their ETL; `smoke up` goes on with the suite.", err=True)
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

"""How a command goes on with a suite: alone, one run after the other, and again where it was killed."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from smoke_pipeline.errors import InvalidOptionError, SmokePipelineError
from smoke_pipeline.history.turns import take_once
from smoke_pipeline.smoke_test.suites.record import Notes, SuiteRun, keep, run_of, unended
from smoke_pipeline.smoke_test.suites.running import Launch, cut_off, go_on
from smoke_pipeline.smoke_test.surroundings import Surroundings, require_database

if TYPE_CHECKING:
    from smoke_pipeline.cli.runs import Pipeline

DRIVER = "command"


def left_over(name: str, around: Surroundings, notes: Notes) -> SuiteRun:
    """The newest run of the suite that a command left in the middle, and that no command works on.

    Raises:
        InvalidOptionError: There is none.
    """
    left = [run for run in unended(notes) if run.suite == name and run.driver == DRIVER]
    for run in reversed(left):
        held = take_once(_turn(run), require_database(around))
        if held is not None:
            held.close()
            return run
    if left:
        raise InvalidOptionError(
            f"A command goes on with {left[-1].suite_id} at this moment.", ("Wait until it ends.",)
        )
    raise InvalidOptionError(
        f"No run of the suite {name!r} was left in the middle.", (f"Run it: smoke suite run {name}",)
    )


@contextmanager
def driving(run: SuiteRun, around: Surroundings) -> Iterator[None]:
    """Be the only command that goes on with a run; one that is killed is so no more.

    Raises:
        InvalidOptionError: Another command does.
    """
    held = take_once(_turn(run), require_database(around))
    if held is None:
        raise InvalidOptionError(f"Another command goes on with {run.suite_id}.", ("Wait until it ends.",))
    with held:
        yield


def drive(begun: SuiteRun, pipeline: "Pipeline", around: Surroundings, notes: Notes) -> SuiteRun:
    """Carry out what the suite needs until nothing is left to do here; how it stands then.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer.
        StorageFullError: The summary cannot be written.
    """
    begun, ran = replace(begun, parallel=1), set[str]()
    _carry_out(cut_off(begun, around), pipeline, ran)
    while True:
        launches = [one for one in go_on(begun, around, notes) if one.session_id not in ran]
        begun = run_of(begun.suite_id, notes) or begun
        if not launches:
            break
        _carry_out(launches, pipeline, ran)
    if begun.ended_at is None:
        keep(replace(begun, driver="dagster"), notes)
        click.echo("Some tests wait for their ETL; `smoke up` goes on with the suite.", err=True)
    return begun


def _carry_out(launches: Iterable[Launch], pipeline: "Pipeline", ran: set[str]) -> None:
    for launch in launches:
        ran.add(launch.session_id)
        click.echo(f"{launch.session_id} …", err=True)
        try:
            pipeline.run(launch.job, launch.session_id)
        except SmokePipelineError as error:
            click.echo(f"  {error.message}", err=True)


def _turn(run: SuiteRun) -> str:
    return f"suite {run.suite_id}"

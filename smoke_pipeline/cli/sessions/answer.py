"""How a command answers about a session: words or JSON on stdout, and the exit status."""

import json
from collections.abc import Callable

import click

from smoke_pipeline.comparison.result import Verdict
from smoke_pipeline.errors import SnapshotError
from smoke_pipeline.history.records import ResultRecord, Status
from smoke_pipeline.report.summary import as_text
from smoke_pipeline.smoke_test.outcome import Outcome
from smoke_pipeline.smoke_test.results.kept_result import kept_result
from smoke_pipeline.smoke_test.surroundings import Surroundings

NOT_PASSED = 1
COULD_NOT = 2

format_option: Callable[[Callable[..., None]], Callable[..., None]] = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="Words, or one JSON object."
)


def print_outcome(outcome: Outcome, around: Surroundings, form: str) -> None:
    """What a session has come to."""
    if form == "json":
        click.echo(json.dumps(outcome.to_dict(), ensure_ascii=False))
        return
    session = outcome.session
    click.echo(f"session {session.session_id}  {session.status} ({session.step})")
    if session.failure:
        click.echo(f"failed  {session.failure.get('error_message')}")
    if outcome.result and session.status is Status.COMPLETED:
        _print_result(outcome, outcome.result, around)
    if outcome.next_step:
        click.echo(f"next    {outcome.next_step}")


def _print_result(outcome: Outcome, record: ResultRecord, around: Surroundings) -> None:
    """The whole result, or its counts where its files were deleted."""
    try:
        found = kept_result(record.result_id, outcome.folder)
    except SnapshotError as error:
        click.echo(
            f"{record.verdict.upper()}  match score {outcome.shown_score} (threshold {record.threshold:g})"
        )
        click.echo(
            f"matched {record.matched_rows:,}, mismatched {record.mismatched_rows:,}, "
            f"source-only {record.source_only_rows:,}, target-only {record.target_only_rows:,}"
        )
        click.echo(f"note    {error.message}")
        return
    click.echo(as_text(found, outcome.report, around.settings.report), nl=False)


def exit_status(outcome: Outcome) -> int:
    """0 passed, 1 failed or unproven, 2 no verdict."""
    if outcome.verdict is None:
        return COULD_NOT
    return 0 if outcome.verdict is Verdict.PASSED else NOT_PASSED

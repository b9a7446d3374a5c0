"""`smoke history`: how the last days went, which files were read, what was slower than usual."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import click

from smoke_pipeline.cli.answers.opening import Asking, open_asking
from smoke_pipeline.cli.answers.tables import aligned, print_csv, print_json, say_more, table_format
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.history.answers.files import FileFilter, touched_files
from smoke_pipeline.history.answers.records import FileLine, SizeClass, SlowComparison, Summary
from smoke_pipeline.history.answers.summaries import performance, summary
from smoke_pipeline.history.answers.trends import slow_comparisons
from smoke_pipeline.report.visible import on_one_line

PERFORMANCE_DAYS = 30
"""The speed of comparisons is told over at least this many days."""
FILE_HEADER = tuple(FileLine.__dataclass_fields__)
SLOW_HEADER = (*SlowComparison.__dataclass_fields__, "times_slower")
SUMMARY_HEADER = ("since", *Summary.__dataclass_fields__, "without_verdict")


@click.command()
@click.option("--days", type=click.IntRange(1, 36_500), default=7, show_default=True, help="How far back.")
@click.option("--file-like", metavar="PATTERN", help="Which files were read, by whom; * is any text.")
@click.option("--slow", is_flag=True, help="Comparisons that were slower than usual for their test.")
@click.option("--client", "client_id", metavar="NAME", help="Of one client.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--cursor", metavar="CURSOR", help="Go on where a page of files ended.")
@table_format
def history(file_like: str | None, slow: bool, form: str, **asked: Any) -> None:
    """Tell how the sessions of the last days fared, and how quick comparisons were."""
    if slow and file_like is not None:
        raise InvalidOptionError("--slow and --file-like ask two things.", ("Ask for one after the other.",))
    if asked["cursor"] is not None and file_like is None:
        raise InvalidOptionError("--cursor goes on with --file-like only.", ("Leave it out.",))
    with open_asking() as asking:
        if file_like is not None:
            _tell_files(asking, file_like, form, asked)
        elif slow:
            _tell_slow(asking, form, asked)
        else:
            _tell_sums(asking, form, asked)


def _tell_files(asking: Asking, like: str, form: str, asked: dict[str, Any]) -> None:
    chosen = FileFilter(
        like=like,
        since=asking.now - timedelta(days=asked["days"]),
        client_id=asking.whose(asked["client_id"]),
    )
    page = touched_files(asking.database, chosen, limit=asked["limit"], cursor=asked["cursor"])
    if form == "json":
        print_json({"files": [asdict(line) for line in page.items], "next_cursor": page.next_cursor})
        return
    if form == "csv":
        print_csv([asdict(line) for line in page.items], FILE_HEADER)
    else:
        _print_rows([_file_row(line) for line in page.items], "No such file was read.")
    say_more(page.next_cursor)


def _file_row(line: FileLine) -> tuple[str, ...]:
    return (
        f"{line.downloaded_at:%Y-%m-%d %H:%M}",
        line.client_id,
        line.session_id,
        line.file_role.value,
        f"{line.row_count:,} rows",
        f"{line.file_size_mb:,.1f} MB",
        line.origin,
    )


def _tell_slow(asking: Asking, form: str, asked: dict[str, Any]) -> None:
    found = slow_comparisons(
        asking.database,
        since=asking.now - timedelta(days=asked["days"]),
        limit=asked["limit"],
        client_id=asking.whose(asked["client_id"]),
    )
    told = [asdict(one) | {"times_slower": round(one.times_slower, 2)} for one in found]
    if form == "json":
        print_json({"slow": told})
    elif form == "csv":
        print_csv(told, SLOW_HEADER)
    else:
        _print_rows([_slow_row(one) for one in found], "No comparison was slower than usual.")


def _slow_row(one: SlowComparison) -> tuple[str, ...]:
    return (
        f"{one.created_at:%Y-%m-%d %H:%M}",
        one.session_id,
        one.test_name,
        f"{one.seconds:,.1f} s",
        f"{one.rows_per_second:,.0f} rows/s",
        f"{one.times_slower:.1f} times slower than the {one.usual_rows_per_second:,.0f} rows/s "
        f"of {one.earlier} earlier ones",
    )


def _tell_sums(asking: Asking, form: str, asked: dict[str, Any]) -> None:
    whose, days = asking.whose(asked["client_id"]), asked["days"]
    since = asking.now - timedelta(days=days)
    sums = summary(asking.database, since=since, client_id=whose)
    long_since = asking.now - timedelta(days=max(days, PERFORMANCE_DAYS))
    classes = performance(asking.database, since=long_since, client_id=whose)
    told = {"since": since, **asdict(sums), "without_verdict": sums.without_verdict}
    if form == "json":
        print_json({"days": days, "summary": told, "performance": [asdict(one) for one in classes]})
    elif form == "csv":
        print_csv([told], SUMMARY_HEADER)
    else:
        for line in _sum_lines(sums, days):
            click.echo(line)
        _print_performance(classes, max(days, PERFORMANCE_DAYS))


def _sum_lines(sums: Summary, days: int) -> list[str]:
    lines = [
        f"last {days} days   {sums.sessions:,} sessions: {sums.passed:,} passed, {sums.failed:,} failed, "
        f"{sums.unproven:,} unproven, {sums.without_verdict:,} without a verdict"
    ]
    if sums.average_match_score is not None:
        lines.append(
            f"match score   {shown_average(sums.average_match_score)} on average, "
            f"above 95 in {sums.above_95:,}, below 80 in {sums.below_80:,}"
        )
    if sums.busiest_client is not None:
        who = on_one_line(sums.busiest_client)
        lines.append(f"most active   {who} with {sums.busiest_client_sessions:,} sessions")
    if sums.deleted:
        lines.append(f"deleted       {sums.deleted:,} sessions since, which count in no line above")
    return lines


def shown_average(score: float) -> str:
    """An average of match scores; `100.00` only where each was."""
    return "100.00" if score == 100 else f"{min(score, 99.99):.2f}"


def _print_performance(classes: Sequence[SizeClass], days: int) -> None:
    if not classes:
        return
    click.echo(f"\ncomparisons of the last {days} days by size")
    header = ("rows", "times", "seconds", "95 % within", "rows/s", "memory", "")
    rows = [
        (
            f"below {one.rows_below:,}" if one.rows_below else "more",
            f"{one.comparisons:,}",
            f"{one.average_seconds:,.1f}",
            f"{one.p95_seconds:,.1f}",
            f"{one.rows_per_second:,.0f}" if one.rows_per_second is not None else "",
            f"{one.average_memory_mb:,.0f} MB",
            one.hint,
        )
        for one in classes
    ]
    for line in aligned([header, *rows], right=frozenset({1, 2, 3, 4, 5})):
        click.echo(line)


def _print_rows(rows: Sequence[Sequence[str]], nothing: str) -> None:
    if not rows:
        click.echo(nothing, err=True)
        return
    for line in aligned(rows):
        click.echo(line)

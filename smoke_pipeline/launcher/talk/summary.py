"""What a session found, as Markdown: numbers and names, and no value of anybody's data."""

from collections.abc import Iterator

from smoke_pipeline.history.records import ResultRecord
from smoke_pipeline.launcher.words import result_words
from smoke_pipeline.report.formats.as_markdown import quoted
from smoke_pipeline.smoke_test.outcome import Outcome

MOST_COLUMNS = 50
"""Columns of the table; the rest is counted."""


def summary_of(outcome: Outcome) -> str:
    """The session and its newest result."""
    session = outcome.session
    lines = [
        f"# {session.session_id}",
        "",
        f"{session.test_type}, {quoted(session.test_name)}: {session.status.value} ({session.step.value}).",
        "",
        quoted_words(result_words(outcome)),
    ]
    found = outcome.result
    return "\n".join([*lines, *(_numbers(found) if found else ()), ""])


def quoted_words(words: str) -> str:
    """A sentence in which a column's name can be nothing but text."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace("[", "&#91;").replace("`", "&#96;")


def _numbers(found: ResultRecord) -> Iterator[str]:
    yield from ("", "| rows | |", "|---|---:|")
    yield f"| matched | {found.matched_rows:,} |"
    yield f"| mismatched | {found.mismatched_rows:,} |"
    yield f"| only in the source | {found.source_only_rows:,} |"
    yield f"| only in the target | {found.target_only_rows:,} |"
    columns = sorted(found.mismatch_by_column.items(), key=lambda item: (-item[1], item[0]))
    if columns:
        yield from ("", "| column | differing cells |", "|---|---:|")
        yield from (f"| {quoted(name)} | {count:,} |" for name, count in columns[:MOST_COLUMNS])
    if len(columns) > MOST_COLUMNS:
        yield from ("", f"{len(columns) - MOST_COLUMNS:,} further columns differ.")

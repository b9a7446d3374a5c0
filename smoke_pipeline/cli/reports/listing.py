"""The plain list of sessions that the report server shows."""

from collections.abc import Sequence
from html import escape

from smoke_pipeline.smoke_test.outcome import Outcome

HEAD = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
<meta name="color-scheme" content="light dark">
<title>Reports</title>
<h1>Reports of the newest sessions</h1>
"""
COLUMNS = ("session", "test", "started", "verdict", "match score")


def listing(outcomes: Sequence[Outcome]) -> str:
    """A page with a line for each session; one that has a report leads to it."""
    if not outcomes:
        return HEAD + "<p>There is no session yet.\n"
    head = "".join(f"<th align=left>{name}" for name in COLUMNS)
    lines = "".join(f"<tr>{_line(outcome)}\n" for outcome in outcomes)
    return f"{HEAD}<table cellpadding=6>\n<tr>{head}\n{lines}</table>\n"


def _line(outcome: Outcome) -> str:
    session = outcome.session
    cells = (
        session.test_name,
        f"{session.created_at:%Y-%m-%d %H:%M}",
        outcome.verdict.value if outcome.verdict else session.step.value.replace("_", " "),
        outcome.shown_score,
    )
    return f"<td>{_link(outcome)}" + "".join(f"<td>{escape(cell)}" for cell in cells)


def _link(outcome: Outcome) -> str:
    session_id = escape(outcome.session.session_id)
    return f'<a href="{session_id}/report.html">{session_id}</a>' if outcome.report else session_id

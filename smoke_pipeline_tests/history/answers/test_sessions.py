"""Lists of sessions: what filters mean, and that paging neither repeats nor misses."""

import itertools
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from smoke_pipeline.comparison.result import RowCounts, Verdict
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.history.answers.filters import Seen, SessionFilter, like_pattern
from smoke_pipeline.history.answers.paging import cursor_after
from smoke_pipeline.history.answers.sessions import sessions_page
from smoke_pipeline.history.records import Status
from smoke_pipeline_tests.history.answers.filled import (
    HOURS,
    NAMES,
    empty,
    file_row,
    fill,
    histories,
    result_row,
    session_row,
)
from smoke_pipeline_tests.history.samples import NOON

pytestmark = pytest.mark.services

WITH_DATABASE = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
PATTERNS = NAMES | st.sampled_from(["*", "re*", "re_*", "?egions", "1*%", "a?b", "*\\*", "", "_______"])
WORDS = st.sampled_from(["REGIONS", "s_1", "%", "_", "\\", "nothing", "\0", "\ud800"])
SEEN = st.builds(
    Seen,
    client_id=st.sampled_from([None, "local", "anna"]),
    statuses=st.sampled_from([(), (Status.COMPLETED, Status.ARCHIVED)]),
)
TEXTS = st.sampled_from(["customer_", "*customer?1*", "%", "\\", "*.csv", "nothing"])
FILTERS = st.builds(
    SessionFilter,
    status=st.none() | st.sampled_from(Status),
    verdict=st.none() | st.sampled_from(Verdict),
    test_name=st.none() | PATTERNS,
    test_type=st.sampled_from([None, None, "upload", "statement"]),
    preset=st.sampled_from([None, None, "development"]),
    client_id=st.sampled_from([None, None, "local", "anna"]),
    since=st.none() | HOURS,
    until=st.none() | HOURS,
    origin=st.none() | TEXTS,
    words=st.none() | st.none() | WORDS | NAMES,
    seen=st.none() | SEEN,
)


def fits(text, pattern, *, anywhere=False):
    """What a pattern means, said once more in another way."""
    if anywhere and not set(pattern) & set("*?"):
        return pattern in text
    expression = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.fullmatch(expression, text, re.DOTALL) is not None


def verdict_of(session, rows):
    judged = session["step"] == "done" and session["status"] in ("completed", "archived")
    results = [row["verdict"] for row in rows["results"] if row["session_id"] == session["session_id"]]
    return results[-1] if judged and results else None


def words_of(session):
    return f"{session['session_id']}\n{session['test_name']}".lower()


def is_seen(session, seen):
    return session["client_id"] == seen.client_id or session["status"] in seen.statuses


def expected(rows, asked):
    """The ids that a filter means, the newest first, by looking at every session."""

    def is_meant(session):
        origins = [row["origin"] for row in rows["files"] if row["session_id"] == session["session_id"]]
        return (
            asked.status in (None, session["status"])
            and asked.verdict in (None, verdict_of(session, rows))
            and asked.test_type in (None, session["test_type"])
            and asked.preset in (None, session["preset"])
            and asked.client_id in (None, session["client_id"])
            and (asked.test_name is None or fits(session["test_name"], asked.test_name))
            and (asked.since is None or session["created_at"] >= asked.since)
            and (asked.until is None or session["created_at"] < asked.until)
            and (asked.words is None or asked.words.lower() in words_of(session))
            and (asked.seen is None or is_seen(session, asked.seen))
            and (asked.origin is None or any(fits(one, asked.origin, anywhere=True) for one in origins))
        )

    meant = [session for session in rows["sessions"] if is_meant(session)]
    meant.sort(key=lambda session: (session["created_at"], session["session_id"]), reverse=True)
    return [session["session_id"] for session in meant]


def ids(page):
    return [line.session_id for line in page.items]


@given(rows=histories(), asked=FILTERS)
@WITH_DATABASE
def test_a_filter_means_what_looking_at_every_session_finds(database, rows, asked):
    empty(database)
    fill(database, **rows)

    page = sessions_page(database, asked, limit=100)

    assert ids(page) == expected(rows, asked)
    assert page.next_cursor is None
    found = {line.session_id: line.found.verdict if line.found else None for line in page.items}
    shown = [session for session in rows["sessions"] if session["session_id"] in found]
    assert found == {session["session_id"]: verdict_of(session, rows) for session in shown}


@given(
    rows=histories(), asked=FILTERS, limit=st.integers(1, 4), added=st.lists(HOURS, min_size=1, max_size=8)
)
@WITH_DATABASE
def test_paging_gives_each_session_once_and_in_order_while_others_are_added(
    database, rows, asked, limit, added
):
    empty(database)
    fill(database, **rows)
    there, seen, cursor = expected(rows, asked), [], None
    waiting = [session_row(f"new_{number}", at=at) for number, at in enumerate(added)]

    while True:
        page = sessions_page(database, asked, limit=limit, cursor=cursor)
        seen += page.items
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
        if waiting:
            fill(database, sessions=[waiting.pop()])

    order = [(line.created_at, line.session_id) for line in seen]
    assert order == sorted(set(order), reverse=True)
    assert [one for _, one in order if not one.startswith("new_")] == there


def test_paging_holds_while_another_thread_writes(database):
    fill(database, sessions=[session_row(f"old_{number}", at=NOON) for number in range(40)])
    is_over = Event()

    def write():
        numbers = itertools.count()
        while not is_over.is_set():
            number = next(numbers)
            at = NOON + timedelta(seconds=number % 3 - 1)
            fill(database, sessions=[session_row(f"new_{number}", at=at)])

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        seen, cursor = [], None
        for _ in range(200):
            page = sessions_page(database, limit=5, cursor=cursor)
            seen += [(line.created_at, line.session_id) for line in page.items]
            cursor = page.next_cursor
            if cursor is None or len({one for _, one in seen if one.startswith("old_")}) == 40:
                break
        is_over.set()
        writing.result()

    assert seen == sorted(set(seen), reverse=True)
    assert {one for _, one in seen if one.startswith("old_")} == {f"old_{number}" for number in range(40)}


def test_a_line_tells_what_was_found(database):
    fill(
        database,
        sessions=[
            session_row("a"),
            session_row("b", at=NOON - timedelta(1), status="active", step="awaiting_etl"),
        ],
        results=[
            result_row("a"),
            result_row(
                "a",
                verdict="failed",
                match_score=50.0,
                matched_rows=1,
                mismatched_rows=1,
                source_only_rows=0,
                target_only_rows=3,
                zip_package_path="comparison_a.zip",
            ),
            result_row("b"),
        ],
    )

    first, second = sessions_page(database).items

    assert first.found is not None
    assert (first.found.verdict, first.found.match_score) == ("failed", 50.0)
    assert first.found.counts == RowCounts(matched=1, mismatched=1, target_only=3)
    assert first.found.zip_package_path == "comparison_a.zip"
    assert (first.test_folder, first.status) == ("tests/a", Status.COMPLETED)
    assert second.found is None


def test_a_session_that_failed_after_it_passed_has_no_verdict(database):
    fill(
        database,
        sessions=[session_row("a", status="failed", failure={"error_type": "ReadError"})],
        results=[result_row("a")],
    )

    assert sessions_page(database).items[0].found is None
    assert sessions_page(database, SessionFilter(verdict=Verdict.PASSED)).items == ()


@pytest.mark.parametrize(
    "cursor",
    [
        pytest.param("", id="empty"),
        pytest.param("ä", id="not ASCII"),
        pytest.param("bm9uZQ", id="not JSON"),
        pytest.param("W10", id="an empty list"),
        pytest.param("WyJ5ZXN0ZXJkYXkiLCAiYSJd", id="no moment"),
        pytest.param(cursor_after(NOON, 5), id="of another list"),
        pytest.param(cursor_after(NOON, "a\0"), id="NUL"),
        pytest.param(cursor_after(NOON, "\ud800"), id="half a character"),
        pytest.param(cursor_after(NOON.replace(tzinfo=None), "a"), id="no time zone"),
    ],
)
def test_a_cursor_of_something_else_is_refused(database, cursor):
    with pytest.raises(InvalidOptionError, match="not one that this list gave"):
        sessions_page(database, cursor=cursor)


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_a_pattern_that_no_text_can_be_like_is_refused(text):
    with pytest.raises(InvalidOptionError, match="no text of the history"):
        like_pattern(text)


def test_sql_in_a_filter_is_only_text(database):
    fill(database, sessions=[session_row("a")], files=[file_row("a", "/in/a.csv")])
    hostile = "'; DROP TABLE mcp_smoke.test_sessions; --"

    for asked in (
        SessionFilter(test_name=hostile),
        SessionFilter(origin=hostile),
        SessionFilter(client_id=hostile),
    ):
        assert sessions_page(database, asked).items == ()
    assert ids(sessions_page(database)) == ["a"]

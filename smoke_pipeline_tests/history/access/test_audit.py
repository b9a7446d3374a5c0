"""The log on a real PostgreSQL: what is written, what never is, and how it is read."""

from datetime import timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smoke_pipeline.errors import HistoryError, InvalidOptionError, SessionStateError
from smoke_pipeline.history.access.audit import Action, AuditFilter, AuditLog
from smoke_pipeline.history.access.roles import DAGSTER, LOCAL
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.records import Role
from smoke_pipeline_tests.history.access.people import person

pytestmark = pytest.mark.services


def action(**changes) -> Action:
    return Action(**{"tool_name": "smoke show", "action": "see_session", "identity": LOCAL, **changes})


def test_what_was_done_is_written_with_who_and_how_long(log, clock):
    began = clock()
    with log.recording(action(identity=person("dba"), session_id="stmt_1", preset="production")) as doing:
        clock.advance(milliseconds=250)
        doing.details["exit_status"] = 1

    (entry,) = log.page().entries

    assert (entry.client_id, entry.client_role, entry.key_id) == ("ada", Role.DBA, None)
    assert (entry.tool_name, entry.action) == ("smoke show", "see_session")
    assert (entry.session_id, entry.preset, entry.origin) == ("stmt_1", "production", "cli")
    assert (entry.success, entry.error_class) == (True, None)
    assert (entry.happened_at, entry.execution_time_ms) == (began, 250)
    assert entry.details == {"exit_status": 1}


def test_what_failed_is_written_with_the_class_of_its_error_and_goes_on_failing(log):
    with pytest.raises(SessionStateError), log.recording(action()):
        raise SessionStateError("the contract of Ada Lovelace")

    (entry,) = log.page().entries

    assert (entry.success, entry.error_class) == (False, "SessionStateError")
    assert "Lovelace" not in str(entry)


def test_being_interrupted_is_written(log):
    with pytest.raises(KeyboardInterrupt), log.recording(action()):
        raise KeyboardInterrupt

    assert log.page().entries[0].error_class == "KeyboardInterrupt"


def test_what_becomes_known_on_the_way_is_written(log):
    with log.recording(action()) as doing:
        doing.session_id = "stmt_2"

    assert log.page().entries[0].session_id == "stmt_2"


def test_an_action_of_nobody_known_is_written(log):
    with log.recording(action(identity=None, origin="mcp")):
        pass

    (entry,) = log.page().entries
    assert (entry.client_id, entry.client_role, entry.origin) == ("unknown", None, "mcp")


def test_the_face_is_that_of_the_identity(log):
    with log.recording(action(identity=DAGSTER)):
        pass

    assert log.page().entries[0].origin == "dagster"


def test_details_that_are_not_on_the_list_are_left_out(log):
    with log.recording(action(details={"rows": 3, "where": "name = 'Ada'", "password": "hunter2"})):
        pass

    assert log.page().entries[0].details == {"rows": 3}


def test_what_looks_like_a_key_is_never_written(log, postgres_url):
    planted = "smk_" + "S3cret-_" * 5
    with log.recording(action(session_id=f"x{planted}", preset=planted, details={"job": f"a {planted} b"})):
        pass

    (entry,) = log.page().entries
    assert (entry.preset, entry.details) == ("smk_***", {"job": "a smk_*** b"})
    with psycopg.connect(postgres_url) as connection:
        rows = connection.execute("SELECT a::text FROM mcp_smoke.audit_log a").fetchall()
    assert "S3cret" not in str(rows)


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x" * 10_000], ids=["NUL", "half a character", "long"])
def test_whatever_somebody_wrote_as_a_session_can_be_written_down(text, log):
    with log.recording(action(session_id=text)):
        pass

    assert len(log.page().entries[0].session_id) <= 200


def test_an_action_that_cannot_be_written_down_is_an_error(postgres_url):
    with Database(postgres_url) as without_tables:
        log = AuditLog(without_tables)

        with pytest.raises(HistoryError), log.recording(action()):
            pass


def test_an_action_that_failed_tells_its_own_error_even_if_it_cannot_be_written_down(postgres_url):
    with Database(postgres_url) as without_tables:
        log = AuditLog(without_tables)

        with pytest.raises(SessionStateError), log.recording(action()):
            raise SessionStateError("it is closed")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param({}, [5, 4, 3, 2, 1], id="all"),
        pytest.param({"client_id": "bob"}, [4], id="client"),
        pytest.param({"action": "start_session"}, [5, 3], id="action"),
        pytest.param({"action": "smoke show"}, [4, 2, 1], id="tool"),
        pytest.param({"session_id": "s1"}, [2, 1], id="session"),
        pytest.param({"success": False}, [3], id="failed"),
        pytest.param({"success": True, "session_id": "s2"}, [5], id="two filters"),
        pytest.param({"since_minutes": 3}, [5, 4, 3], id="since"),
    ],
)
def test_entries_are_read_by_what_is_asked(wanted, found, log, clock):
    began = clock()
    starts = {"tool_name": "smoke start", "action": "start_session", "session_id": "s2"}
    rows = [{"session_id": "s1"}, {"session_id": "s1"}, starts, {"identity": person("user", "bob")}, starts]
    for number, changes in enumerate(rows, start=1):
        clock.advance(minutes=1)
        try:
            with log.recording(action(**changes)):
                assert number != 3
        except AssertionError:
            pass
    since = wanted.pop("since_minutes", None)

    page = log.page(AuditFilter(**wanted, since=began + timedelta(minutes=since) if since else None))

    assert [entry.audit_id for entry in page.entries] == found


@given(added=st.lists(st.integers(1, 5), max_size=6), limit=st.integers(1, 6))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_hold_each_entry_once_although_others_are_added_meanwhile(added, limit, log):
    with log.recording(action()):
        pass
    before = [entry.audit_id for entry in log.page(limit=10_000).entries]
    cursor, seen, pending = None, [], list(added)
    while True:
        page = log.page(limit=limit, cursor=cursor)
        seen += [entry.audit_id for entry in page.entries]
        for _ in range(pending.pop() if pending else 0):
            with log.recording(action()):
                pass
        if page.next_cursor is None:
            break
        cursor = page.next_cursor

    assert seen == before


@pytest.mark.parametrize("cursor", ["", "a", "-1", "1; DROP TABLE x", "9" * 30, "\uff11"])
def test_a_cursor_that_is_none_is_refused(cursor, log):
    with pytest.raises(InvalidOptionError, match="is no cursor of this log"):
        log.page(cursor=cursor)

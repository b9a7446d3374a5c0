"""`smoke audit`: what was done, found again by who, what, which session and when."""

import csv
import io
import json

import pytest

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def acted(shared):
    """A history in which something was done, refused and mistaken."""
    shared.give("show", "own", who="user")
    shared.give("show", "other", who="user")
    shared.give("show", "nowhere", who="admin")
    shared.give("keys", "list")
    shared.give("sessions", SMOKE_API_KEY="smk_wrong")
    return shared


def entries(world, *options):
    run = world.give("audit", "--format", "json", *options)
    assert run.exit_code == 0, run.output
    return json.loads(run.stdout)["entries"]


def test_each_action_left_one_row(acted):
    rows = [row for row in reversed(entries(acted)) if row["action"] != "read_audit"][:5]

    found = [(row["client_id"], row["client_role"], row["tool_name"], row["error_class"]) for row in rows]
    assert found == [
        ("ada", "user", "smoke show", None),
        ("ada", "user", "smoke show", "PermissionDeniedError"),
        ("ada", "admin", "smoke show", "SessionNotFoundError"),
        ("local", "admin", "smoke keys list", None),
        ("unknown", None, "smoke sessions", "PermissionDeniedError"),
    ]
    assert [row["session_id"] for row in rows] == ["own", "other", "nowhere", None, None]
    assert rows[0]["preset"] == "development"
    assert rows[0]["origin"] == "cli"
    assert rows[0]["key_id"]
    assert all(row["execution_time_ms"] >= 0 for row in rows)


@pytest.mark.parametrize(
    ("options", "check"),
    [
        (("--client", "unknown"), lambda row: row["client_id"] == "unknown"),
        (("--action", "see_session"), lambda row: row["action"] == "see_session"),
        (("--action", "smoke keys list"), lambda row: row["tool_name"] == "smoke keys list"),
        (("--session", "other"), lambda row: row["session_id"] == "other"),
        (("--failed",), lambda row: row["success"] is False),
        (("--since", "1h"), lambda row: True),
        (("--since", "2020-01-01"), lambda row: True),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, tuple) else "",
)
def test_rows_are_found_by(options, check, acted):
    found = entries(acted, *options)

    assert found
    assert all(check(row) for row in found)
    assert len(found) < len(entries(acted)) or options[0] == "--since"


def test_nothing_is_found_that_was_done_before(acted):
    assert entries(acted, "--since", "2999-01-01") == []


def test_pages_follow_one_another(acted):
    everything = [row["audit_id"] for row in entries(acted, "--session", "own", "--limit", "1000")]
    for _ in range(3):
        acted.give("show", "own")
    first = json.loads(acted.give("audit", "--session", "own", "--limit", "2", "--format", "json").stdout)
    second = json.loads(
        acted.give(
            "audit", "--session", "own", "--limit", "2", "--cursor", first["next_cursor"], "--format", "json"
        ).stdout
    )

    pages = [row["audit_id"] for page in (first, second) for row in page["entries"]]
    assert pages == [pages[0], pages[0] - 1, pages[0] - 2, everything[0]] or pages == sorted(pages)[::-1]
    assert len(set(pages)) == 4


def test_people_see_a_table_and_where_it_goes_on(acted):
    run = acted.give("audit", "--limit", "1")

    assert run.stdout.splitlines()[0].split()[:3] == ["when", "client", "role"]
    assert "There are more: --cursor " in run.stderr


def test_a_spreadsheet_gets_every_column(acted):
    run = acted.give("audit", "--session", "other", "--format", "csv")

    (row,) = csv.DictReader(io.StringIO(run.stdout))
    assert (row["client_id"], row["success"], row["error_class"]) == ("ada", "no", "PermissionDeniedError")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--since", "yesterday"), "no moment"),
        (("--since", "999999w"), "no moment"),
        (("--cursor", "x"), "no cursor of this log"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(options, words, acted):
    run = acted.give("audit", *options)

    assert run.exit_code == 2
    assert words in run.stderr

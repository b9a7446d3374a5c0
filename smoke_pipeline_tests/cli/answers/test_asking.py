"""The commands that ask the history, in words, JSON and CSV."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from smoke_pipeline.cli.answers.moments import moment
from smoke_pipeline.cli.main import main
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.history.database import Database
from smoke_pipeline_tests.history.answers.filled import file_row, fill, metric_row, result_row, session_row
from smoke_pipeline_tests.history.samples import NOON

pytestmark = pytest.mark.services

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def asked(postgres_server, open_folder):
    """Runs a command over a history with a few sessions; what it said."""
    import psycopg

    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE asked")
        url = postgres_server.replace("/postgres?", "/asked?")
        with Database(url) as database:
            database.migrate()
            fill_in(database)
        data = open_folder / "asked"
        data.mkdir()

        def ask(*words, status=0):
            environment = {"SMOKE_POSTGRES_URL": url, "SMOKE_DATA_DIR": str(data)}
            ran = CliRunner(env=environment).invoke(main, list(words))
            assert ran.exit_code == status, ran.output
            return ran

        yield ask
        connection.execute("DROP DATABASE asked WITH (FORCE)")


def fill_in(database):
    """Six paced sessions of `regions`, the last slow; one failed one of `orders` by Anna; a deleted day."""
    days = [NOW - timedelta(days=6 - number) for number in range(6)]
    fill(
        database,
        sessions=[
            *(session_row(f"r_{number}", at=at, client_id="bert") for number, at in enumerate(days)),
            session_row(
                "o_1",
                at=NOW - timedelta(hours=1),
                test_name="orders\x1b[31m",
                client_id="anna",
                status="failed",
                step="awaiting_etl",
                failure={"error_type": "ReadError", "error_message": "no\ud800"},
            ),
        ],
        results=[
            result_row(
                f"r_{number}",
                at=at,
                comparison_time_seconds=2.0 if number < 5 else 10.0,
                zip_package_path=f"comparison_r_{number}.zip",
            )
            for number, at in enumerate(days)
        ],
        files=[
            file_row("r_5", "/in/customer_1.csv", at=NOW - timedelta(hours=2)),
            file_row("r_4", "/in/customerX1.csv", at=NOW - timedelta(hours=3)),
            file_row("o_1", "/in/customer_2.csv", at=NOW - timedelta(hours=4)),
        ],
        metrics=[metric_row(NOW - timedelta(days=60))],
    )


def table(run):
    return list(csv.DictReader(io.StringIO(run.stdout)))


def test_sessions_are_listed_in_words(asked):
    run = asked("sessions", "--limit", "2")

    first, second = run.stdout.splitlines()
    assert first.split()[0] == "o_1"
    assert "\x1b" not in first
    assert second.split()[0] == "r_5"
    assert second.split()[-3:] == ["passed", "100.00", "regions"]
    assert "add --cursor" in run.stderr


def test_pages_go_on_at_the_cursor(asked):
    seen, cursor = [], []
    while True:
        found = json.loads(asked("sessions", "--limit", "3", *cursor, "--format", "json").stdout)
        seen += [one["session_id"] for one in found["sessions"]]
        if found["next_cursor"] is None:
            break
        cursor = ["--cursor", found["next_cursor"]]

    assert seen == ["o_1", "r_5", "r_4", "r_3", "r_2", "r_1", "r_0"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--status", "failed"], ["o_1"]),
        (["--verdict", "failed"], []),
        (["--verdict", "passed", "--limit", "1"], ["r_5"]),
        (["--test", "ord*"], ["o_1"]),
        (["--test", "region"], []),
        (["--type", "statement"], []),
        (["--preset", "production"], []),
        (["--client", "anna"], ["o_1"]),
        (["--since", "2h"], ["o_1"]),
        (["--since", "36h", "--until", "12h"], ["r_5"]),
        (["--from", "customerX"], ["r_4"]),
        (["--from", "*customer?1.csv"], ["r_5", "r_4"]),
    ],
    ids=str,
)
def test_every_filter_of_sessions_bites(asked, words, found):
    run = asked("sessions", *words, "--format", "csv")

    assert [row["session_id"] for row in table(run)] == found


def test_a_session_is_told_whole(asked):
    (failed,) = json.loads(asked("sessions", "--status", "failed", "--format", "json").stdout)["sessions"]
    (passed,) = table(asked("sessions", "--verdict", "passed", "--limit", "1", "--format", "csv"))

    assert failed["failure"] == {"error_type": "ReadError", "error_message": "no\ud800"}
    assert (failed["verdict"], failed["match_score"]) == (None, None)
    assert failed["test_name"] == "orders\x1b[31m"
    assert (passed["match_score"], passed["matched"], passed["seconds"]) == ("100.00", "100", "10.0")
    assert passed["report"].endswith("/tests/r_5/comparison_r_5.zip")
    (csv_failed,) = table(asked("sessions", "--status", "failed", "--format", "csv"))
    assert csv_failed["error_type"] == "ReadError"


def test_the_last_days_are_summed_up(asked):
    run = asked("history", "--days", "7")
    told = json.loads(asked("history", "--format", "json").stdout)
    (row,) = table(asked("history", "--format", "csv"))

    assert "last 7 days   7 sessions: 6 passed, 0 failed, 0 unproven, 1 without a verdict" in run.stdout
    assert "100.00 on average, above 95 in 6, below 80 in 0" in run.stdout
    assert "bert with 6 sessions" in run.stdout
    assert "below 10,000" in run.stdout
    assert "deleted" not in run.stdout
    assert told["summary"]["busiest_client"] == "bert"
    assert told["performance"][0]["comparisons"] == 6
    assert (row["sessions"], row["passed"], row["without_verdict"]) == ("7", "6", "1")


def test_more_days_tell_that_sessions_were_deleted(asked):
    assert "deleted       3 sessions" in asked("history", "--days", "90").stdout


def test_the_last_days_of_one_client(asked):
    told = json.loads(asked("history", "--client", "anna", "--format", "json").stdout)

    assert (told["summary"]["sessions"], told["performance"]) == (1, [])


def test_files_are_found_by_pattern_and_day(asked):
    run = asked("history", "--file-like", "*customer_?.csv")
    told = json.loads(asked("history", "--file-like", "customer_", "--format", "json").stdout)
    page = asked("history", "--file-like", "customer", "--limit", "2", "--format", "csv")

    assert [line.split()[2:5] for line in run.stdout.splitlines()] == [
        ["bert", "r_5", "source"],
        ["anna", "o_1", "source"],
    ]
    assert [one["origin"] for one in told["files"]] == ["/in/customer_1.csv", "/in/customer_2.csv"]
    assert [row["session_id"] for row in table(page)] == ["r_5", "r_4"]
    cursor = page.stderr.split()[-1]
    rest = asked("history", "--file-like", "customer", "--cursor", cursor, "--format", "csv")
    assert [row["session_id"] for row in table(rest)] == ["o_1"]
    assert asked("history", "--file-like", "nothing").stdout == ""


def test_slow_comparisons_are_told(asked):
    run = asked("history", "--slow")
    told = json.loads(asked("history", "--slow", "--format", "json").stdout)
    (row,) = table(asked("history", "--slow", "--format", "csv"))

    assert "5.0 times slower than the 50 rows/s of 5 earlier ones" in run.stdout
    assert [one["session_id"] for one in told["slow"]] == ["r_5"]
    assert row["times_slower"] == "5.0"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["history", "--slow", "--file-like", "x"], "ask two things"),
        (["history", "--cursor", "x"], "goes on with --file-like only"),
        (["history", "--file-like", "x", "--cursor", "x"], "not one that this list gave"),
        (["sessions", "--cursor", "x"], "not one that this list gave"),
        (["sessions", "--since", "yesterday"], "--since 'yesterday' is no moment"),
        (["sessions", "--test", "a\0"], "no text of the history holds"),
        (["trends", "region"], "No session of a test 'region' has ended"),
        (["trends", "regions", "--out", "a.png"], "neither a picture nor a page"),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_said_in_one_sentence(asked, words, sentence):
    run = asked(*words, status=2)

    assert run.stderr.startswith("Error: ")
    assert sentence in run.stderr
    assert run.stdout == ""


def test_a_trend_is_told_and_drawn(asked, tmp_path):
    run = asked("trends", "regions", "--out", str(tmp_path / "a.svg"))
    told = json.loads(
        asked("trends", "regions", "--out", str(tmp_path / "a.html"), "--format", "json").stdout
    )
    rows = table(asked("trends", "regions", "--limit", "2", "--format", "csv"))

    lines = run.stdout.splitlines()
    assert lines[0].split() == ["began", "session", "verdict", "score", "rows", "differing", "seconds"]
    assert "3 deleted" in lines[1]
    assert "1 passed, 1 failed" in lines[1]
    assert lines[7].split()[2:5] == ["r_5", "passed", "100.00"]
    assert (tmp_path / "a.svg").read_text().startswith("<?xml")
    assert (tmp_path / "a.html").read_text().startswith("<!doctype html>")
    assert [point["session_id"] for point in told["points"]] == [None, *(f"r_{n}" for n in range(6))]
    assert told["picture"] == str(tmp_path / "a.html")
    assert [row["session_id"] for row in rows] == ["r_4", "r_5"]
    asked("trends", "regions", "--client", "anna", status=2)


def test_sizes_are_told(asked):
    run = asked("stats")
    told = json.loads(asked("stats", "--format", "json").stdout)
    rows = {row["name"]: row["rows"] for row in table(asked("stats", "--format", "csv"))}

    assert "sessions   6 completed, 1 failed" in run.stdout
    assert {one["name"]: one["rows"] for one in told["tables"]}["test_sessions"] == 7
    assert told["free_bytes"] > 0
    assert rows["test_sessions"] == "7"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30m", NOON - timedelta(minutes=30)),
        ("12h", NOON - timedelta(hours=12)),
        ("7d", NOON - timedelta(days=7)),
        ("2w", NOON - timedelta(days=14)),
        ("2026-02-01", datetime(2026, 2, 1, tzinfo=UTC)),
        ("2026-02-01T10:00:00+02:00", datetime(2026, 2, 1, 8, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_as_people_write_it(text, expected):
    assert moment(text, NOON, "--since") == expected


@pytest.mark.parametrize("text", ["", "7", "7y", "-1d", "d", "2026-13-01", "999999w", "\u0667d"])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(InvalidOptionError, match="is no moment"):
        moment(text, NOON, "--since")

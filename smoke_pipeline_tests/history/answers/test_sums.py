"""Sums over time, files, trends, slow comparisons and sizes."""

import statistics
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text

from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.history.answers.files import FileFilter, session_files, touched_files
from smoke_pipeline.history.answers.records import SizeClass
from smoke_pipeline.history.answers.stats import disk_use, stats
from smoke_pipeline.history.answers.summaries import performance, summary, with_hints
from smoke_pipeline.history.answers.trends import (
    SlowRule,
    known_tests,
    no_such_test,
    slow_comparisons,
    trend,
)
from smoke_pipeline_tests.history.answers.filled import (
    empty,
    file_row,
    fill,
    histories,
    metric_row,
    result_row,
    session_row,
)
from smoke_pipeline_tests.history.answers.test_sessions import fits, verdict_of
from smoke_pipeline_tests.history.samples import NOON

pytestmark = pytest.mark.services

WITH_DATABASE = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
LONG_AGO = NOON - timedelta(days=7)


def newest_result(session, rows):
    if verdict_of(session, rows) is None:
        return None
    return [row for row in rows["results"] if row["session_id"] == session["session_id"]][-1]


@given(rows=histories())
@WITH_DATABASE
def test_the_sums_are_those_of_every_session(database, rows):
    empty(database)
    fill(database, **rows)
    since = NOON + timedelta(hours=2)
    meant = [session for session in rows["sessions"] if session["created_at"] >= since]
    results = [found for session in meant if (found := newest_result(session, rows))]
    clients = [session["client_id"] for session in meant]

    found = summary(database, since=since)

    verdicts = [result["verdict"] for result in results]
    scores = [result["match_score"] for result in results]
    assert found.sessions == len(meant)
    assert (found.passed, found.failed, found.unproven) == tuple(
        verdicts.count(verdict) for verdict in ("passed", "failed", "unproven")
    )
    assert found.without_verdict == len(meant) - len(results)
    assert found.above_95 == sum(score > 95 for score in scores)
    assert found.below_80 == sum(score < 80 for score in scores)
    assert found.average_match_score == (pytest.approx(statistics.mean(scores)) if scores else None)
    busiest = max(sorted(set(clients)), key=clients.count, default=None)
    assert (found.busiest_client, found.busiest_client_sessions) == (
        busiest,
        clients.count(busiest) if busiest else 0,
    )


@given(rows=histories())
@WITH_DATABASE
def test_the_views_give_the_same_sums(database, rows):
    empty(database)
    now = datetime.now(UTC)
    moved = {
        name: [
            {
                key: value + (now - NOON - timedelta(days=1)) if isinstance(value, datetime) else value
                for key, value in row.items()
            }
            for row in table
        ]
        for name, table in rows.items()
    }
    fill(database, **moved)

    with database.transaction() as connection:
        week = dict(connection.execute(text("SELECT * FROM mcp_smoke.v_weekly_summary")).mappings().one())
        sizes = connection.execute(text("SELECT * FROM mcp_smoke.v_performance_30d ORDER BY 1 NULLS LAST"))
        month = [dict(row) for row in sizes.mappings()]

    found = summary(database, since=now - timedelta(days=7))
    names = ("sessions", "passed", "failed", "unproven", "above_95", "below_80", "average_match_score")
    assert {name: week[name] for name in names} == {name: getattr(found, name) for name in names}
    classes = performance(database, since=now - timedelta(days=30))
    assert [row["rows_below"] for row in month] == [one.rows_below for one in classes]
    for row, one in zip(month, classes, strict=True):
        for name in ("comparisons", "average_rows", "average_seconds", "p95_seconds", "average_files_mb"):
            assert row[name] == (None if row[name] is None else pytest.approx(getattr(one, name)))
        assert (row["average_files_mb"] is None) == (one.average_files_mb is None)


def test_sums_are_of_one_client_where_that_is_asked_for(database):
    fill(
        database,
        sessions=[session_row("a", client_id="anna"), session_row("b", client_id="bert")],
        results=[result_row("a"), result_row("b", verdict="failed", match_score=0.0)],
        metrics=[metric_row(NOON, client_id="anna"), metric_row(NOON, client_id="bert", test_name="b")],
    )

    found = summary(database, since=LONG_AGO, client_id="anna")

    assert (found.sessions, found.passed, found.failed, found.deleted) == (1, 1, 0, 3)
    assert found.busiest_client == "anna"
    assert summary(database, since=LONG_AGO).deleted == 6


def test_performance_is_told_by_size(database):
    sizes = {
        "small": (9_999, 1.0),
        "middle": (10_000, 2.0),
        "other": (50_000, 4.0),
        "huge": (10_000_000, 50.0),
    }
    fill(
        database,
        sessions=[session_row(name) for name in sizes],
        results=[
            result_row(name, total_rows_source=rows, total_rows_target=1, comparison_time_seconds=seconds)
            for name, (rows, seconds) in sizes.items()
        ],
        files=[
            file_row("small", "/old.csv", file_size_mb=100.0),
            file_row("small", "/new.csv", file_size_mb=2.0),
            file_row("small", "/b.csv", file_role="target", file_size_mb=3.0),
        ],
    )

    small, middle, huge = performance(database, since=LONG_AGO)

    assert [one.rows_below for one in (small, middle, huge)] == [10_000, 100_000, None]
    assert (small.comparisons, small.average_rows, small.average_files_mb) == (1, 9_999, 5.0)
    assert (middle.comparisons, middle.average_seconds, middle.average_memory_mb) == (2, 3.0, 100.0)
    assert middle.rows_per_second == 10_000
    assert middle.p95_seconds == pytest.approx(3.9)
    assert performance(database, since=LONG_AGO, client_id="anna") == ()
    assert performance(database, since=NOON + timedelta(1)) == ()


def size_class(**changes):
    plain = {
        "rows_below": None,
        "comparisons": 1,
        "average_rows": 2e7,
        "average_seconds": 20.0,
        "p95_seconds": 20.0,
        "rows_per_second": 1e6,
        "average_memory_mb": 500.0,
        "average_files_mb": 500.0,
    }
    return SizeClass(**plain | changes)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        pytest.param(size_class(average_seconds=300.0), "comparison.partitions", id="long"),
        pytest.param(size_class(rows_per_second=4e5), "comparison.memory", id="slow for its size"),
        pytest.param(size_class(rows_per_second=6e5), "", id="not much slower"),
        pytest.param(size_class(average_seconds=299.0), "", id="not long"),
        pytest.param(size_class(rows_below=10_000, rows_per_second=1.0), "", id="small"),
        pytest.param(size_class(rows_per_second=None), "", id="no time"),
    ],
)
def test_a_hint_stands_where_comparisons_take_long_or_are_slow(one, words):
    hinted = with_hints([size_class(rows_below=1_000_000), one])[1].hint

    assert words in hinted
    assert bool(words) == bool(hinted)


def test_the_files_of_a_session_are_told_in_order(database):
    fill(
        database,
        sessions=[session_row("a"), session_row("b")],
        files=[
            file_row("a", "/in/2.csv", at=NOON + timedelta(1), file_role="target"),
            file_row("a", "/in/1.csv", row_count=7),
            file_row("b", "/in/3.csv"),
        ],
    )

    first, second = session_files(database, "a")

    assert (first.origin, first.row_count, first.file_size_mb, first.file_role) == (
        "/in/1.csv",
        7,
        2.0,
        "source",
    )
    assert (first.test_name, first.client_id) == ("regions", "local")
    assert second.origin == "/in/2.csv"


@given(rows=histories())
@WITH_DATABASE
def test_touched_files_are_those_that_looking_at_each_finds_page_by_page(database, rows):
    empty(database)
    fill(database, **rows)
    since, whose = (
        NOON + timedelta(hours=1),
        {one["session_id"]: one["client_id"] for one in rows["sessions"]},
    )
    for like in ("customer_", "*.csv", "*customer?1*", "%"):
        for client in (None, "anna"):
            seen, cursor = [], None
            asked = FileFilter(like=like, since=since, client_id=client)
            while True:
                page = touched_files(database, asked, limit=2, cursor=cursor)
                seen += page.items
                cursor = page.next_cursor
                if cursor is None:
                    break

            meant = [
                (row["session_id"], row["origin"], row["downloaded_at"])
                for row in rows["files"]
                if row["downloaded_at"] >= since
                and (fits(row["origin"], like, anywhere=True) or fits(row["file_path"], like, anywhere=True))
                and client in (None, whose[row["session_id"]])
            ]
            order = [(line.downloaded_at, line.file_id) for line in seen]
            assert order == sorted(order, reverse=True)
            assert sorted((one.session_id, one.origin, one.downloaded_at) for one in seen) == sorted(meant)


def test_files_until_a_moment_leave_later_ones_out(database):
    fill(
        database,
        sessions=[session_row("a")],
        files=[file_row("a", "/1.csv"), file_row("a", "/2.csv", at=NOON + timedelta(1))],
    )

    found = touched_files(database, FileFilter(until=NOON + timedelta(1)))

    assert [line.origin for line in found.items] == ["/1.csv"]


def test_a_trend_outlives_its_sessions(database):
    fill(
        database,
        sessions=[
            session_row("b", at=NOON + timedelta(days=2)),
            session_row("a", at=NOON + timedelta(days=1)),
            session_row("c", at=NOON + timedelta(days=3), status="cancelled", step="awaiting_etl"),
            session_row("d", at=NOON + timedelta(days=4), status="active", step="awaiting_etl"),
            session_row("other", test_name="other"),
        ],
        results=[
            result_row("a"),
            result_row("b"),
            result_row("b", verdict="failed", match_score=75.0, mismatched_rows=20, target_only_rows=5),
        ],
        metrics=[
            metric_row(NOON),
            metric_row(NOON, client_id="anna", match_score_sum=100.0, match_score_least=40.0),
            metric_row(NOON, test_name="other"),
        ],
    )

    points = trend(database, "regions")

    assert [point.session_id for point in points] == [None, "a", "b", "c"]
    sums, passed, failed, cancelled = points
    assert sums.at == NOON.replace(hour=0)
    assert (sums.sessions, sums.passed, sums.failed, sums.rows, sums.seconds) == (6, 2, 2, 400, 7.0)
    assert (sums.match_score, sums.match_score_least) == (62.5, 40.0)
    assert (passed.match_score, passed.passed, passed.rows, passed.seconds) == (100.0, 1, 100, 1.0)
    assert (failed.match_score, failed.failed, failed.rows_differing) == (75.0, 1, 25)
    assert (cancelled.match_score, cancelled.passed, cancelled.rows) == (None, 0, 0)
    assert [point.session_id for point in trend(database, "regions", limit=2)] == ["b", "c"]
    assert [point.sessions for point in trend(database, "regions", client_id="anna")] == [3]


def test_sums_without_a_verdict_have_no_score(database):
    fill(
        database, metrics=[metric_row(NOON, passed=0, failed=0, match_score_sum=0.0, match_score_least=None)]
    )

    (point,) = trend(database, "regions")

    assert (point.match_score, point.match_score_least, point.sessions) == (None, None, 3)


def test_the_names_of_tests_outlive_their_sessions(database):
    fill(
        database,
        sessions=[session_row("a"), session_row("b", test_name="orders", client_id="anna")],
        metrics=[metric_row(NOON, test_name="old")],
    )

    names = known_tests(database)

    assert names == ("old", "orders", "regions")
    assert known_tests(database, client_id="anna") == ("orders",)
    assert "Did you mean 'orders'?" in no_such_test("order", names).suggestions
    assert "under way" in no_such_test("orders", names).suggestions[0]
    assert no_such_test("order", ()).suggestions == ("Start one first.",)


def paced(database, *rates, name="regions", rows=1000, **changes):
    """Comparisons a day apart, of so many rows a second each."""
    first = NOON - timedelta(days=len(rates))
    fill(
        database,
        sessions=[
            session_row(f"{name}_{day}", at=first + timedelta(days=day), test_name=name, **changes)
            for day in range(len(rates))
        ],
        results=[
            result_row(f"{name}_{day}", comparison_time_seconds=rows / rate, total_rows_source=rows)
            for day, rate in enumerate(rates)
        ],
    )


def test_a_comparison_slower_than_those_before_it_is_told(database):
    paced(database, 900, 1000, 1100, 1000, 950, 300)
    paced(database, 100, 100, 100, 100, 100, 99, name="steady")
    paced(database, 100, 300, 500, 700, 900, 200, name="restless")
    paced(database, 1000, 1000, 1000, 1000, 300, name="few")

    (slow,) = slow_comparisons(database, since=NOON - timedelta(days=2))

    assert (slow.session_id, slow.earlier) == ("regions_5", 5)
    assert slow.usual_rows_per_second == 1000
    assert slow.times_slower == pytest.approx(10 / 3)


def test_each_part_of_the_rule_for_slow_ones_bites(database):
    paced(database, 1000, 1000, 1000, 1000, 1000, 500, client_id="anna")

    def found(client_id=None, **rule):
        return slow_comparisons(
            database, since=NOON - timedelta(days=2), rule=SlowRule(**rule), client_id=client_id
        )

    assert len(found()) == 1
    assert found(at_least_earlier=6) == ()
    assert found(share=0.5) == ()
    assert found(at_least_s=3.0) == ()
    assert found(client_id="bert") == ()
    assert len(found(client_id="anna")) == 1
    assert len(slow_comparisons(database, since=NOON - timedelta(days=2), limit=0)) == 0
    with pytest.raises(InvalidOptionError, match="nothing is usual"):
        found(at_least_earlier=0)


def test_a_rule_of_more_deviations_finds_fewer(database):
    paced(database, 900, 1000, 1100, 1000, 800, 550)

    assert len(slow_comparisons(database, since=NOON - timedelta(days=2))) == 1
    strict = SlowRule(deviations=10.0)
    assert slow_comparisons(database, since=NOON - timedelta(days=2), rule=strict) == ()


def test_only_comparisons_since_the_moment_are_judged(database):
    paced(database, 1000, 1000, 1000, 1000, 1000, 300, 1000)

    assert slow_comparisons(database, since=NOON - timedelta(hours=25)) == ()


def test_sizes_are_counted(database):
    fill(
        database,
        sessions=[session_row("a"), session_row("b", at=NOON + timedelta(1), status="failed")],
        results=[result_row("a")],
    )

    found = stats(database)

    rows = {table.name: table.rows for table in found.tables}
    assert (rows["test_sessions"], rows["comparison_results"], rows["mismatch_details"]) == (2, 1, 0)
    assert found.sessions_by_status == {"completed": 1, "failed": 1}
    assert (found.oldest_session_at, found.newest_session_at) == (NOON, NOON + timedelta(1))
    assert found.database_bytes > sum(table.size_bytes for table in found.tables) > 0
    assert found.revision.isdigit()


def test_the_bytes_of_each_folder_are_counted_and_links_are_not_followed(tmp_path):
    (tmp_path / "tests" / "a").mkdir(parents=True)
    (tmp_path / "tests" / "a" / "x").write_bytes(b"12345")
    (tmp_path / "tests" / "y").write_bytes(b"123")
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "round").symlink_to(tmp_path)
    (tmp_path / "z").write_bytes(b"1")

    used = disk_use(tmp_path)

    assert (used["tests"], used[""]) == (8, 1)
    assert used["uploads"] < 4096

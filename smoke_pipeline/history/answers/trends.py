"""How a test went over time, and which comparisons were slower than usual."""

import statistics
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from difflib import get_close_matches

from sqlalchemy import RowMapping, Select, and_, func, select

from smoke_pipeline.errors import InvalidOptionError, SessionNotFoundError
from smoke_pipeline.history.answers.filters import is_newest_result, verdict_holds
from smoke_pipeline.history.answers.records import SlowComparison, TrendPoint
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.records import Status
from smoke_pipeline.history.schema.keeping import metrics
from smoke_pipeline.history.schema.sessions import comparison_results, test_sessions

ROWS_AT_ONCE = 2000
LOOKED_BACK_AT = 100
"""How many earlier comparisons of a test say what is usual."""
LOOKED_BACK = timedelta(days=180)

_session, _result = test_sessions.c, comparison_results.c


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowRule:
    """When a comparison is slower than usual: by all of these."""

    at_least_earlier: int = 5
    """Earlier comparisons of the test without which nothing is said."""
    deviations: float = 4.0
    """How many median absolute deviations below the median rate."""
    share: float = 0.67
    """Below this share of the median rate, so that a test of steady pace is not called slow for a trifle."""
    at_least_s: float = 1.0
    """Shorter ones are not looked at: their time is that of the start."""


USUAL = SlowRule()


def trend(
    database: Database, test_name: str, *, limit: int = 200, client_id: str | None = None
) -> Sequence[TrendPoint]:
    """The newest sessions of a test that ended, and the daily sums of those deleted, the oldest first.

    Args:
        database: The history.
        test_name: The whole name of the test.
        limit: How many points at most; the newest are kept.
        client_id: Whose sessions.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    with database.transaction() as connection:
        kept = connection.execute(trend_query(test_name, limit, client_id)).mappings()
        points = [_of_session(row) for row in kept]
        sums = connection.execute(_sums_query(test_name, limit, client_id)).mappings()
        points += [_of_day(row) for row in sums]
    points.sort(key=lambda point: (point.at, point.session_id or ""))
    return tuple(points[-limit:])


def trend_query(test_name: str, limit: int, client_id: str | None = None) -> Select:
    """The query for the sessions of `trend`."""
    found = ("verdict", "match_score", "comparison_time_seconds")
    differing = _result.mismatched_rows + _result.source_only_rows + _result.target_only_rows
    query = (
        select(
            _session.session_id,
            _session.created_at,
            *(_result[name] for name in found),
            func.greatest(_result.total_rows_source, _result.total_rows_target).label("rows"),
            differing.label("rows_differing"),
        )
        .select_from(
            test_sessions.outerjoin(
                comparison_results,
                and_(_result.session_id == _session.session_id, is_newest_result(), verdict_holds()),
            )
        )
        .where(_session.test_name == test_name, _session.status != Status.ACTIVE.value)
        .order_by(_session.created_at.desc(), _session.session_id.desc())
        .limit(limit)
    )
    return query if client_id is None else query.where(_session.client_id == client_id)


def known_tests(database: Database, *, client_id: str | None = None, limit: int = 1000) -> Sequence[str]:
    """The names of tests that the history knows, of deleted sessions too.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    kept, gone = select(_session.test_name), select(metrics.c.test_name)
    if client_id is not None:
        kept = kept.where(_session.client_id == client_id)
        gone = gone.where(metrics.c.client_id == client_id)
    names = kept.union(gone).subquery()
    with database.transaction() as connection:
        return tuple(connection.scalars(select(names.c.test_name).order_by(names.c.test_name).limit(limit)))


def no_such_test(test_name: str, known: Sequence[str]) -> SessionNotFoundError:
    """The error for a test without any session; `known` are names among which one may have been meant."""
    near = get_close_matches(test_name, list(known), n=3) or known[:3]
    if test_name in known:
        suggestion = "Those under way are told by `smoke sessions --test NAME`."
    else:
        suggestion = f"Did you mean {' or '.join(map(repr, near))}?" if near else "Start one first."
    return SessionNotFoundError(
        f"No session of a test {test_name!r} has ended.", (suggestion,), {"test_name": test_name}
    )


def slow_comparisons(
    database: Database,
    *,
    since: datetime,
    rule: SlowRule = USUAL,
    limit: int = 50,
    client_id: str | None = None,
) -> Sequence[SlowComparison]:
    """The comparisons since then that were slower than usual for their test, the slowest first.

    What is usual is the median of the rates, in rows a second, of up to 100 earlier comparisons of the test
    by anybody; the median and the median absolute deviation bear a few odd ones among them.

    Args:
        database: The history.
        since: The comparisons to judge began then or later.
        rule: When one is slow.
        limit: How many at most.
        client_id: Whose comparisons to judge.

    Raises:
        InvalidOptionError: The rule asks for no earlier comparison at all.
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    if rule.at_least_earlier < 1:
        raise InvalidOptionError(
            "Without an earlier comparison nothing is usual.", ("Ask for at least 1 earlier one.",)
        )
    with database.transaction() as connection:
        streamed = connection.execution_options(yield_per=ROWS_AT_ONCE)
        rows = streamed.execute(_rates_query(since)).mappings()
        found = [
            slow
            for slow in _slower_than_usual(rows, since, rule)
            if client_id is None or slow.client_id == client_id
        ]
    return tuple(sorted(found, key=lambda slow: (-slow.times_slower, slow.session_id))[:limit])


def _rates_query(since: datetime) -> Select:
    """Comparisons of the tests that ran since then, test by test, the oldest first."""
    rows = func.greatest(_result.total_rows_source, _result.total_rows_target)
    ran = select(_session.test_name).where(_session.created_at >= since).correlate(None)
    return (
        select(
            _session.session_id,
            _session.test_name,
            _session.client_id,
            _session.created_at,
            rows.label("rows"),
            _result.comparison_time_seconds.label("seconds"),
        )
        .join_from(test_sessions, comparison_results)
        .where(
            is_newest_result(),
            verdict_holds(),
            rows > 0,
            _result.comparison_time_seconds > 0,
            _session.created_at >= since - LOOKED_BACK,
            _session.test_name.in_(ran),
        )
        .order_by(_session.test_name, _session.created_at, _session.session_id)
    )


def _slower_than_usual(
    rows: Iterable[RowMapping], since: datetime, rule: SlowRule
) -> Iterator[SlowComparison]:
    test_name, earlier = None, deque[float](maxlen=LOOKED_BACK_AT)
    for row in rows:
        if row["test_name"] != test_name:
            test_name, earlier = row["test_name"], deque(maxlen=LOOKED_BACK_AT)
        rate = row["rows"] / row["seconds"]
        is_asked_for = row["created_at"] >= since and row["seconds"] >= rule.at_least_s
        if is_asked_for and len(earlier) >= rule.at_least_earlier and _is_slow(rate, earlier, rule):
            usual = statistics.median(earlier)
            yield SlowComparison(
                **row, rows_per_second=rate, usual_rows_per_second=usual, earlier=len(earlier)
            )
        earlier.append(rate)


def _is_slow(rate: float, earlier: Sequence[float], rule: SlowRule) -> bool:
    usual = statistics.median(earlier)
    spread = statistics.median(abs(one - usual) for one in earlier)
    return rate < rule.share * usual and rate < usual - rule.deviations * spread


def _sums_query(test_name: str, limit: int, client_id: str | None) -> Select:
    """The sums of each day over the deleted sessions of a test."""
    names = ("sessions", "passed", "failed", "unproven", "match_score_sum", "rows_compared")
    summed = (*names, "rows_differing", "comparison_seconds")
    query = (
        select(
            metrics.c.day,
            *(func.sum(metrics.c[name]).label(name) for name in summed),
            func.min(metrics.c.match_score_least).label("match_score_least"),
        )
        .where(metrics.c.test_name == test_name)
        .group_by(metrics.c.day)
        .order_by(metrics.c.day.desc())
        .limit(limit)
    )
    return query if client_id is None else query.where(metrics.c.client_id == client_id)


def _of_session(row: RowMapping) -> TrendPoint:
    verdict = row["verdict"]
    return TrendPoint(
        at=row["created_at"],
        session_id=row["session_id"],
        sessions=1,
        passed=int(verdict == "passed"),
        failed=int(verdict == "failed"),
        unproven=int(verdict == "unproven"),
        match_score=row["match_score"],
        match_score_least=row["match_score"],
        rows=row["rows"] or 0,
        rows_differing=row["rows_differing"] or 0,
        seconds=row["comparison_time_seconds"] or 0.0,
    )


def _of_day(row: RowMapping) -> TrendPoint:
    judged = row["passed"] + row["failed"] + row["unproven"]
    return TrendPoint(
        at=datetime.combine(row["day"], time(), UTC),
        session_id=None,
        sessions=int(row["sessions"]),
        passed=int(row["passed"]),
        failed=int(row["failed"]),
        unproven=int(row["unproven"]),
        match_score=row["match_score_sum"] / float(judged) if judged else None,
        match_score_least=row["match_score_least"],
        rows=int(row["rows_compared"]),
        rows_differing=int(row["rows_differing"]),
        seconds=row["comparison_seconds"],
    )

"""Dates and times: instants, zones, units, and what lies beyond nanoseconds in 64 bits."""

import datetime as dt

import pyarrow as pa

from benchmarks.false_pass.case import TYPE_MAY_COUNT, Case, case, changed, column_pair, same, text_pair


def moments(*texts: str, unit: str = "us", zone: str | None = None) -> pa.Array:
    """Timestamps; the texts are of UTC where there is a zone."""
    return pa.array(texts).cast(pa.timestamp(unit)).cast(pa.timestamp(unit, zone))


def instants(*texts: str, zone: str) -> pa.Array:
    """Instants of which the texts say what the clock in UTC showed."""
    utc = [dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC) for text in texts]
    return pa.array(utc, pa.timestamp("us", zone))


CASES: tuple[Case, ...] = (
    case(
        "one-instant-in-two-zones",
        column_pair(
            instants("2026-07-01 10:00:00", zone="Europe/Berlin"),
            instants("2026-07-01 10:00:00", zone="America/New_York"),
        ),
        same(1),
        convention=TYPE_MAY_COUNT,
    ),
    case(
        "one-wall-clock-in-two-zones",
        column_pair(
            instants("2026-07-01 10:00:00", zone="Europe/Berlin"),
            instants("2026-07-01 16:00:00", zone="America/New_York"),
        ),
        changed(),
    ),
    case(
        "the-hour-that-comes-twice",
        column_pair(
            instants("2025-10-26 00:30:00", zone="Europe/Berlin"),
            instants("2025-10-26 01:30:00", zone="Europe/Berlin"),
        ),
        changed(),
    ),
    case(
        "a-nanosecond",
        column_pair(
            moments("2026-01-02 03:04:05.000000001", unit="ns"),
            moments("2026-01-02 03:04:05.000000002", unit="ns"),
        ),
        changed(),
    ),
    case(
        "a-microsecond-against-the-second",
        column_pair(moments("2026-01-02 03:04:05.000001"), moments("2026-01-02 03:04:05", unit="ms")),
        changed(),
    ),
    case(
        "one-moment-in-two-units",
        column_pair(moments("2026-01-02 03:04:05", unit="ms"), moments("2026-01-02 03:04:05", unit="ns")),
        same(1),
        convention=TYPE_MAY_COUNT,
    ),
    case(
        "the-year-9999",
        column_pair(
            moments("9999-12-31 00:00:00", "9999-12-31 00:00:00"),
            moments("9999-12-31 00:00:00", "9999-12-30 00:00:00"),
        ),
        changed(matched=1),
    ),
    case(
        "the-year-9999-against-what-it-wraps-around-to",
        column_pair(moments("9999-12-31 00:00:00"), moments("1816-03-29 05:56:08.066277376", unit="ns")),
        changed(),
    ),
    case(
        "a-date-against-its-midnight",
        column_pair(pa.array([dt.date(2026, 1, 2)], pa.date32()), moments("2026-01-02 00:00:00")),
        changed(),
        convention="a date may stand for its midnight",
    ),
    case(
        "dates-of-other-width",
        column_pair(
            pa.array([dt.date(2026, 1, 2)], pa.date32()), pa.array([dt.date(2026, 1, 2)], pa.date64())
        ),
        same(1),
        convention=TYPE_MAY_COUNT,
    ),
    case(
        "the-day-before",
        column_pair(pa.array([dt.date(2026, 1, 2)]), pa.array([dt.date(2026, 1, 1)])),
        changed(),
    ),
    case(
        "a-moment-without-a-zone-against-one-in-utc",
        column_pair(moments("2026-01-02 00:00:00"), instants("2026-01-02 00:00:00", zone="UTC")),
        changed(),
        convention="a moment without a zone may stand for UTC",
    ),
    case(
        "times-of-day-a-microsecond-apart",
        column_pair(
            pa.array([dt.time(12, 0, 0, 1)], pa.time64("us")), pa.array([dt.time(12)], pa.time64("us"))
        ),
        changed(),
    ),
    case("a-day-written-in-two-ways-as-text", text_pair(["2026-01-02"], ["02.01.2026"]), changed()),
    case("a-second-left-out-as-text", text_pair(["2026-01-02 10:00"], ["2026-01-02 10:00:00"]), changed()),
)

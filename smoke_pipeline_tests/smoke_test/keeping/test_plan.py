"""What goes and why: pure, from what was found."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.history.keeping.records import KeptFile, KeptSession
from smoke_pipeline.history.records import FileKind, Status, Step
from smoke_pipeline.settings.sections.retention import RetentionSettings
from smoke_pipeline.smoke_test.keeping.lying import Lying, SessionFolder
from smoke_pipeline.smoke_test.keeping.plan import Found, Kind, plan
from smoke_pipeline_tests.history.samples import NOON

LIMITS = RetentionSettings()


def kept(session_id="s", status=Status.COMPLETED, days=0.0, **changes):
    return KeptSession(
        **{
            "session_id": session_id,
            "status": status,
            "step": Step.DONE if status is Status.COMPLETED else Step.AWAITING_ETL,
            "version": 3,
            "client_id": "local",
            "preset": "development",
            "test_folder": f"uploads/{session_id}",
            "created_at": NOON - timedelta(days=days),
            "updated_at": NOON - timedelta(days=days),
            **changes,
        }
    )


def lying(path, days, size_bytes=1):
    return Lying(path=path, changed_at=NOON - timedelta(days=days), size_bytes=size_bytes)


def goes(found, limits=LIMITS):
    return [(going.kind, going.name, going.why) for going in plan(NOON, found, limits)]


@pytest.mark.parametrize(
    ("status", "days", "kind"),
    [
        (Status.ACTIVE, 6.9, None),
        (Status.ACTIVE, 7, Kind.EXPIRING),
        (Status.ACTIVE, 4000, Kind.EXPIRING),
        (Status.COMPLETED, 29.9, None),
        (Status.COMPLETED, 30, Kind.SESSION),
        (Status.FAILED, 29.9, None),
        (Status.FAILED, 30, Kind.SESSION),
        (Status.CANCELLED, 30, Kind.SESSION),
        (Status.EXPIRED, 30, Kind.SESSION),
        (Status.ARCHIVED, 4000, None),
    ],
)
def test_a_session_goes_when_its_time_is_over(status, days, kind):
    found = plan(NOON, Found(sessions=[kept(status=status, days=days)]), LIMITS)

    assert [going.kind for going in found] == ([kind] if kind else [])


def test_the_plan_says_why():
    found = Found(sessions=[kept("a", Status.ACTIVE, 8), kept("c", Status.COMPLETED, 31)])

    assert goes(found) == [
        (Kind.EXPIRING, "a", "nobody went on with it for 7 days"),
        (Kind.SESSION, "c", "completed for 30 days"),
    ]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("expire_after", Status.ACTIVE),
        ("completed", Status.COMPLETED),
        ("closed", Status.FAILED),
        ("archived", Status.ARCHIVED),
    ],
)
def test_each_span_bites_and_null_keeps_for_good(name, status):
    found = Found(sessions=[kept(status=status, days=3)])

    assert len(goes(found, RetentionSettings(**{name: "2 days"}))) == 1
    assert goes(found, RetentionSettings(**{name: "4 days"})) == []
    assert goes(found, RetentionSettings(**{name: None})) == []


def test_a_session_with_an_open_job_stays_and_so_does_what_lies_in_its_folder():
    busy = kept("b", Status.FAILED, 90, has_open_job=True)
    found = Found(sessions=[busy], left_overs=[lying("uploads/b/source.fetched", 5)])

    assert goes(found) == []


def test_uploads_go_after_a_week_unless_a_session_may_still_read_them():
    found = Found(
        uploads=[
            lying("uploads/incoming/old.csv", 7, 12),
            lying("uploads/incoming/new.csv", 6),
            lying("uploads/incoming/a/needed.csv", 90),
        ],
        needed_uploads=["a/needed.csv"],
    )

    assert goes(found) == [(Kind.UPLOAD, "uploads/incoming/old.csv", "handed in 7 days ago or earlier")]
    assert plan(NOON, found, LIMITS)[0].size_bytes == 12


def test_an_upload_with_a_time_of_its_own_goes_at_that_time():
    rows = [
        KeptFile(
            file_id=number,
            session_id=None,
            kind=FileKind.UPLOAD,
            path=f"uploads/incoming/{number}.csv",
            size_bytes=1,
            sha256=None,
            client_id="local",
            created_at=NOON,
            expires_at=NOON + timedelta(hours=hours),
        )
        for number, hours in enumerate([-1, 1])
    ]
    found = Found(
        uploads=[lying("uploads/incoming/0.csv", 0), lying("uploads/incoming/1.csv", 9)], files=rows
    )

    assert goes(found) == [(Kind.UPLOAD, "uploads/incoming/0.csv", "its time is over")]


def test_left_overs_go_after_a_day_and_trash_at_once():
    found = Found(
        sessions=[kept("s", Status.ACTIVE)],
        left_overs=[lying("uploads/s/comparison.draft", 1), lying("uploads/s/spill", 0.9)],
        trash=[lying("trash/s.1", 0)],
    )

    assert [name for _, name, _ in goes(found)] == ["uploads/s/comparison.draft", "trash/s.1"]


def test_what_a_deleted_session_left_is_found():
    found = Found(
        sessions=[kept("s")],
        folders=[
            SessionFolder(path="uploads/s", changed_at=NOON),
            SessionFolder(path="uploads/marked", changed_at=NOON, is_going=True),
            SessionFolder(path="uploads/of_another_database", changed_at=NOON),
            SessionFolder(path="uploads/old", changed_at=NOON - timedelta(days=30)),
        ],
        partitions=["s", "gone"],
        sessions_with_runs=["gone", "gone_2"],
    )

    assert goes(found) == [
        (Kind.FOLDER, "uploads/marked", "its session is gone"),
        (Kind.FOLDER, "uploads/old", "its session is gone"),
        (Kind.RUNS, "gone", "their session is gone"),
        (Kind.RUNS, "gone_2", "their session is gone"),
    ]


SESSIONS = st.lists(
    st.builds(
        kept,
        session_id=st.from_regex(r"[a-z]{1,4}", fullmatch=True),
        status=st.sampled_from(Status),
        days=st.floats(0, 100),
        has_open_job=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda session: session.session_id,
)
SPANS = st.one_of(st.none(), st.integers(1, 90).map(lambda days: timedelta(days=days)))
LIMITS_OF_ALL_KINDS = st.fixed_dictionaries(dict.fromkeys(RetentionSettings.model_fields, SPANS)).map(
    lambda spans: RetentionSettings(**spans)
)


@given(sessions=SESSIONS, limits=LIMITS_OF_ALL_KINDS)
def test_active_sessions_and_their_things_never_go(sessions, limits):
    found = Found(
        sessions=sessions,
        folders=[SessionFolder(path=one.test_folder, changed_at=one.updated_at) for one in sessions],
        partitions=[one.session_id for one in sessions],
        sessions_with_runs=[one.session_id for one in sessions],
    )

    gone = plan(NOON, found, limits)

    assert {going.kind for going in gone} <= {Kind.EXPIRING, Kind.SESSION}
    deleted = {going.name for going in gone if going.kind is Kind.SESSION}
    assert deleted.isdisjoint(
        one.session_id for one in sessions if one.status is Status.ACTIVE or one.has_open_job
    )
    assert len(gone) == len({going.name for going in gone})


@given(sessions=SESSIONS, days=st.integers(0, 60))
def test_what_goes_today_would_go_tomorrow_too(sessions, days):
    later = NOON + timedelta(days=days)

    today = {going.name for going in plan(NOON, Found(sessions=sessions), LIMITS)}
    tomorrow = {going.name for going in plan(later, Found(sessions=sessions), LIMITS)}

    assert today <= tomorrow

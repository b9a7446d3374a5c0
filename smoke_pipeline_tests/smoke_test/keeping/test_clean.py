"""What goes is gone whole, and a kill in the middle is mended by the next time."""

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from smoke_pipeline.errors import InvalidOptionError, SessionNotFoundError
from smoke_pipeline.history.access.audit import AuditFilter, AuditLog
from smoke_pipeline.history.keeping.cache import MetadataCache
from smoke_pipeline.history.keeping.sessions import KeptSessions
from smoke_pipeline.history.records import JobStatus, Status
from smoke_pipeline.history.runs.records import JobRequest
from smoke_pipeline.smoke_test.keeping import lying
from smoke_pipeline.smoke_test.keeping.clean import clean, due, logged
from smoke_pipeline.smoke_test.keeping.closing import close_session
from smoke_pipeline.smoke_test.keeping.whole import look
from smoke_pipeline_tests.smoke_test.keeping.conftest import with_retention

pytestmark = pytest.mark.services


def age(place, now, **by):
    """Let a file, or a folder with all in it, be of another time."""
    at = (now - timedelta(**by)).timestamp()
    for one in [place, *place.rglob("*")] if place.is_dir() else [place]:
        os.utime(one, (at, at))


def names(gone):
    return [(going.kind.value, going.name) for going in gone]


def test_an_old_session_goes_with_everything_of_it(new, cleaning, dagster, told, clock):
    around, database = cleaning.around, cleaning.database
    session_id = new()
    dagster.add("r", session_id, JobStatus.SUCCEEDED)
    folder = around.folder(around.history.session(session_id))
    clock.advance(days=30)

    gone = names(clean(cleaning))

    assert gone == [("session", session_id)]
    assert told == [(session_id, "completed for 30 days")]
    with pytest.raises(SessionNotFoundError):
        around.history.session(session_id)
    assert not folder.exists()
    assert (dagster.keys, dagster.runs) == ([], {})
    assert [sums.passed for sums in KeptSessions(database).sums()] == [1]
    assert list(look(around, database, dagster)) == []
    assert names(clean(cleaning)) == []


def test_a_dry_run_changes_nothing(new, cleaning, around, clock, told):
    session_id = new()
    clock.advance(days=30)

    found = names(due(cleaning))

    assert found == [("session", session_id)]
    assert around.history.session(session_id).status is Status.COMPLETED
    assert told == []


def test_a_younger_session_stays_with_its_report(new, cleaning, around, clock):
    old = new()
    clock.advance(days=20)
    young = new()
    clock.advance(days=10)

    list(clean(cleaning))

    assert [one.session_id for one in around.history.sessions()] == [young]
    result = around.history.newest_result(young)
    assert (around.folder(around.history.session(young)) / result.zip_package_path).is_file()
    assert old != young


def test_an_active_session_expires_and_goes_later(new, cleaning, around, clock, dagster):
    session_id = new(steps=1)
    clock.advance(days=7)
    first = names(clean(cleaning))
    status = around.history.session(session_id).status
    clock.advance(days=30)

    assert first == [("expiring", session_id)]
    assert status is Status.EXPIRED
    assert names(clean(cleaning)) == [("session", session_id)]
    assert dagster.keys == []


def test_an_archived_session_is_kept_unless_a_span_is_set(new, cleaning, around, clock):
    session_id = new()
    close_session(session_id, Status.ARCHIVED, around)
    clock.advance(days=400)

    kept = names(clean(cleaning))
    limited = replace(cleaning, around=with_retention(around, archived=timedelta(days=100)))

    assert kept == []
    assert names(clean(limited)) == [("session", session_id)]


def test_a_session_that_somebody_goes_on_with_stays(new, cleaning, around, clock, runs):
    session_id = new()
    clock.advance(days=30)
    runs.begun("r", JobRequest(job_name="verify", session_id=session_id))

    assert names(clean(cleaning)) == []
    assert around.history.session(session_id)


def test_without_a_line_in_the_log_nothing_goes(new, cleaning, around, clock):
    session_id = new()
    clock.advance(days=30)

    def refuse(_session, _why):
        raise OSError("no log")

    with pytest.raises(OSError, match="no log"):
        list(clean(replace(cleaning, on_deleted=refuse)))

    assert around.history.session(session_id).status is Status.COMPLETED


def test_each_deletion_is_in_the_log_with_its_reason(new, cleaning, around, clock, database):
    session_id = new()
    clock.advance(days=30)

    list(clean(replace(cleaning, on_deleted=logged(around, database, "smoke clean"))))

    (entry,) = AuditLog(database).page(AuditFilter(action="delete_session")).entries
    assert (entry.session_id, entry.client_id, entry.tool_name) == (session_id, "local", "smoke clean")
    assert entry.details == {"reason": "completed for 30 days"}


def killed_after(parts, session_id, cleaning):
    """Do so many parts of a deletion, in its order, and no more."""
    folder, data = f"uploads/{session_id}", cleaning.around.data_folder
    (kept,) = [one for one in cleaning.sessions.every() if one.session_id == session_id]
    does = (
        lambda: lying.mark_going(data, folder),
        lambda: cleaning.sessions.forget(kept),
        (data / lying.TRASH).mkdir,
        lambda: (data / folder).rename(data / lying.TRASH / "half"),
        (data / lying.TRASH / "half" / "source.parquet").unlink,
        lambda: shutil.rmtree(data / lying.TRASH / "half"),
    )
    for do in does[:parts]:
        do()


@pytest.mark.parametrize("parts", range(7))
def test_a_kill_after_any_part_is_mended_by_the_next_time(parts, new, cleaning, dagster, clock):
    around, killed = cleaning.around, new()
    new()
    dagster.add("r", killed, JobStatus.SUCCEEDED)
    clock.advance(days=30)
    killed_after(parts, killed, cleaning)

    list(clean(cleaning))

    assert around.history.sessions() == []
    assert list(lying.session_folders(around.data_folder)) == []
    assert list(lying.trash(around.data_folder)) == []
    assert (dagster.keys, dagster.runs) == ([], {})
    assert [sums.sessions for sums in cleaning.sessions.sums()] == [2]
    assert list(look(around, cleaning.database, dagster)) == []


def test_uploads_and_left_overs_go_and_what_is_needed_stays(new, cleaning, around, clock):
    now = datetime.now(UTC)
    clock.advance(days=(now - clock()).days)
    session_id = new(steps=1)
    folder = around.folder(around.history.session(session_id))
    incoming = around.uploads
    (incoming / "deep").mkdir(parents=True)
    for name in ("old.csv", "new.csv", "deep/old.csv"):
        (incoming / name).write_text("id\n1\n")
    for name in ("old.csv", "deep/old.csv"):
        age(incoming / name, clock(), days=8)
    (folder / "source.fetched").mkdir()
    (folder / "source.fetched" / "part").write_text("x")
    age(folder / "source.fetched", clock(), days=2)
    (folder / "comparison.draft").write_text("{}")
    age(folder / "comparison.draft", clock(), hours=1)

    gone = names(clean(cleaning))

    assert gone == [
        ("upload", "uploads/incoming/deep/old.csv"),
        ("upload", "uploads/incoming/old.csv"),
        ("left_over", f"uploads/{session_id}/source.fetched"),
    ]
    assert (incoming / "new.csv").exists()
    assert (folder / "comparison.draft").exists()
    assert (folder / "source.parquet").exists()


def test_the_summary_of_a_suite_goes_after_the_time_of_sessions(cleaning, around, clock):
    now = datetime.now(UTC)
    clock.advance(days=(now - clock()).days)
    for name, days in (("old_1", 31), ("new_1", 29)):
        folder = around.data_folder / "suites" / name
        folder.mkdir(parents=True)
        (folder / "summary.md").write_text("x")
        for place in (folder / "summary.md", folder):
            age(place, clock(), days=days)

    gone = names(clean(cleaning))

    assert gone == [("suite", "suites/old_1")]
    assert (around.data_folder / "suites" / "new_1" / "summary.md").exists()


def test_facts_whose_time_is_over_go(cleaning, around, database, clock):
    cache = MetadataCache(database, clock)
    cache.put("k", "a", 1)
    clock.advance(days=8)

    assert [going.why for going in clean(cleaning)] == ["the time of 1 kept facts is over"]
    assert cache.expired() == 0


@pytest.mark.parametrize(
    "path",
    ["", "uploads", "../x/y", "uploads/../../x", "/etc/passwd", "postgres/pgdata", "uploads/../postgres/x"],
)
def test_nothing_outside_of_sessions_uploads_and_trash_can_be_removed(path, tmp_path):
    (tmp_path / "postgres" / "pgdata").mkdir(parents=True)

    with pytest.raises(InvalidOptionError, match="no place of a session"):
        lying.remove(tmp_path, path)


def test_a_link_is_removed_and_not_what_it_leads_to(tmp_path):
    data = tmp_path / "data"
    (data / "uploads" / "incoming").mkdir(parents=True)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("kept")
    (data / "uploads" / "incoming" / "link").symlink_to(outside)

    lying.remove(data, "uploads/incoming/link")

    assert (outside / "file").read_text() == "kept"
    assert list((data / "uploads" / "incoming").iterdir()) == []

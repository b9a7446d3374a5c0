"""Objects, watermarks and files that are looked at until they change."""

from dataclasses import replace

import pytest

from smoke_pipeline.errors import InvalidOptionError, QueryRefusedError, UnavailableError
from smoke_pipeline.smoke_test.changing import name_side
from smoke_pipeline.smoke_test.orders.etl import Mark
from smoke_pipeline.smoke_test.signals.events import (
    EtlEvent,
    Unseen,
    is_watched,
    look_around,
    next_turn,
    waiting,
)
from smoke_pipeline.smoke_test.signals.looking import look, with_mark
from smoke_pipeline.smoke_test.spec import PathSide, read_order
from smoke_pipeline.smoke_test.steps import snapshot_side
from smoke_pipeline.smoke_test.surroundings import spec_of
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.smoke_test.conftest import with_preset


def events(around):
    return list(look_around([one for one in waiting(around) if is_watched(one)], around))


def test_a_marker_file_tells_it_once_it_is_there(around, started, tmp_path):
    session_id = started({"kind": "marker", "path": str(tmp_path / "done.flag")})
    before = events(around)

    (tmp_path / "done.flag").write_text("")

    assert before == []
    assert [event.session_id for event in events(around)] == [session_id]


def test_an_old_marker_file_tells_nothing_until_it_is_written_anew(around, started, tmp_path):
    marker = tmp_path / "done.flag"
    marker.write_text("of yesterday")
    started({"kind": "marker", "path": str(marker)})
    before = events(around)

    marker.unlink()
    gone = events(around)
    marker.write_text("of today, too")

    assert (before, gone) == ([], [])
    assert len(events(around)) == 1


def test_what_is_seen_twice_is_one_event(around, started, tmp_path):
    started({"kind": "marker", "path": str(tmp_path / "done.flag")})
    (tmp_path / "done.flag").write_text("")

    first, second = events(around), events(around)

    assert first == second
    assert isinstance(first[0], EtlEvent)


def test_a_source_that_is_taken_anew_waits_for_what_comes_after_it(around, started, tmp_path):
    session_id = started({"kind": "marker", "path": str(tmp_path / "done.flag")})
    (tmp_path / "done.flag").write_text("")

    snapshot_side(session_id, Side.SOURCE, around)

    assert events(around) == []


def test_an_object_that_is_written_anew_tells_it_by_its_version(around, started, bucket):
    around = with_preset(around, storagegrid=bucket.store.model_dump())
    bucket.put("day.csv", b"id\n1\n")
    side = {"kind": "object", "bucket": bucket.name, "key": "day.csv"}
    session_id = begun(around, source=side, etl="object")
    bucket.put("day.csv", b"id\n1\n")
    rewritten_alike = events(around)

    bucket.put("day.csv", b"id\n1\n2\n")

    assert rewritten_alike == []  # the same bytes are the same version
    assert [(event.session_id, event.event[:7]) for event in events(around)] == [(session_id, "object:")]


def test_another_object_tells_it_once_it_is_there(around, started, bucket):
    around = with_preset(around, storagegrid=bucket.store.model_dump())
    bucket.put("day.csv", b"id\n1\n")
    side = {"kind": "object", "bucket": bucket.name, "key": "day.csv"}
    begun(around, source=side, etl={"kind": "object", "bucket": bucket.name, "key": "done"})
    bucket.put("day.csv", b"id\n2\n")
    before = events(around)

    bucket.put("done", b"")

    assert before == []
    assert len(events(around)) == 1


def begun(around, **order):
    from smoke_pipeline.smoke_test.start import start_session

    session_id = start_session(read_order(order), around).session_id
    snapshot_side(session_id, Side.SOURCE, around)
    return session_id


def test_a_target_that_is_named_later_is_watched_from_then_on(around, started, bucket):
    around = with_preset(around, storagegrid=bucket.store.model_dump())
    bucket.put("day.csv", b"id\n1\n")
    bucket.put("new.csv", b"id\n1\n")
    side = {"kind": "object", "bucket": bucket.name, "key": "day.csv"}
    session_id = begun(around, source=side, etl="object")
    named = read_order({"source": {**side, "key": "new.csv"}}).source

    name_side(session_id, Side.TARGET, named, around)

    assert events(around) == []
    bucket.put("new.csv", b"id\n1\n2\n")
    assert len(events(around)) == 1


def test_a_watermark_tells_it_when_its_row_changes(around, started, postgres, fill_postgres):
    around = with_preset(around, postgres={"warehouse": postgres})
    fill_postgres("CREATE TABLE loads (loaded_at timestamp)")
    query = "SELECT max(loaded_at) AS newest FROM loads"
    etl = {"kind": "watermark", "database": "postgres.warehouse", "query": query}
    spec = with_mark(read_order({"source": {"path": "/a.csv"}, "etl": etl}), around.whereabouts(None))

    fill_postgres("INSERT INTO loads VALUES ('2026-03-01 12:00:00')")

    seen = look(spec, around.whereabouts(None))
    assert spec.etl.since.value is None
    assert seen.value is not None
    assert "2026-03-01 12:00:00" in seen.value


def test_a_watermark_is_guarded_as_every_query_is(around, started, postgres):
    around = with_preset(around, postgres={"warehouse": postgres})
    etl = {"kind": "watermark", "database": "postgres.warehouse", "query": "DELETE FROM loads"}

    with pytest.raises(QueryRefusedError):
        with_mark(read_order({"source": {"path": "/a.csv"}, "etl": etl}), around.whereabouts(None))


def test_a_watermark_of_several_rows_is_refused(around, started, postgres, fill_postgres):
    around = with_preset(around, postgres={"warehouse": postgres})
    fill_postgres("CREATE TABLE loads (day int)", "INSERT INTO loads VALUES (1), (2)")
    etl = {"kind": "watermark", "database": "postgres.warehouse", "query": "SELECT day FROM loads"}

    with pytest.raises(QueryRefusedError, match="more rows"):
        with_mark(read_order({"source": {"path": "/a.csv"}, "etl": etl}), around.whereabouts(None))


def test_a_session_that_cannot_be_watched_is_refused_at_its_start(started):
    with pytest.raises(InvalidOptionError, match="no object to watch"):
        started("object")


@pytest.mark.parametrize(
    "etl",
    [
        pytest.param({"kind": "telepathy"}, id="an unknown signal"),
        pytest.param({"kind": "marker"}, id="no file"),
        pytest.param({"kind": "object", "key": "a"}, id="a key without its bucket"),
        pytest.param({"kind": "watermark", "database": "warehouse", "query": "SELECT 1"}, id="no database"),
    ],
)
def test_an_order_that_names_no_signal_is_refused(started, etl):
    with pytest.raises(InvalidOptionError, match="etl"):
        started(etl)


def test_a_place_that_cannot_be_looked_at_keeps_no_other_session_from_its_turn(around, started, tmp_path):
    first = started({"kind": "marker", "path": str(tmp_path / "one")})
    second = started({"kind": "marker", "path": str(tmp_path / "two")})

    def look_badly(spec, where):
        if spec.etl.path.endswith("one"):
            raise UnavailableError("It does not answer.")
        return Mark(place=spec.etl.path, value="new")

    found = list(look_around(waiting(around), around, look=look_badly))

    assert [type(one) for one in found] == [Unseen, EtlEvent]
    assert [one.session_id for one in found] == [first, second]


def test_ten_sessions_that_watch_one_place_ask_once(around, started, tmp_path):
    etl = {"kind": "marker", "path": str(tmp_path / "done.flag")}
    sessions = {started(etl) for _ in range(10)}
    asked = []

    def look_once(spec, where):
        asked.append(spec.etl.path)
        return Mark(place=spec.etl.path, value="new")

    found = list(look_around(waiting(around), around, look=look_once))

    assert {one.session_id for one in found} == sessions
    assert len(asked) == 1


def test_each_session_has_its_turn(around, started):
    for _ in range(5):
        started()
    sessions, last, seen = waiting(around), None, []

    for _ in range(5):
        turn = next_turn(sessions, last, 2)
        seen += [session.session_id for session in turn]
        last = turn[-1].session_id

    assert {seen.count(session.session_id) for session in sessions} == {2}
    assert next_turn([], "stmt_1", 2) == []


def test_only_sessions_that_wait_for_their_etl_are_looked_at(around, started):
    waits = started()
    started(takes_source=False)

    assert [session.session_id for session in waiting(around)] == [waits]


def test_the_mark_is_taken_before_the_source_is_read(around, started, tmp_path):
    session_id = started({"kind": "marker", "path": str(tmp_path / "done.flag")})

    spec = spec_of(around.history.session(session_id))

    assert spec.etl.since == Mark(place=str(tmp_path / "done.flag"))
    assert replace(around.history.session(session_id), spec=spec.model_dump(mode="json")).spec == dict(
        around.history.session(session_id).spec
    )
    assert isinstance(spec.source, PathSide)

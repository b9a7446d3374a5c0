"""What every history promises, asked of the fake and of PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smoke_pipeline.comparison.result import CellDifference, DifferenceKind, RowCounts, RowDifference
from smoke_pipeline.errors import HistoryError, SessionConflictError, SessionNotFoundError
from smoke_pipeline.history.records import Status, Step
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.history.samples import NOON, file, found, move, session

ODD_TEXTS = ["", " ", "NULL", "\\N", "a\tb", "a\r\nb\\", "\\.", "\0", "a\0b", '"', "😀", "\ud800", "é", "é"]


def test_a_session_comes_back_as_it_was_written(history):
    created = history.create_session(session())

    assert created == session()
    assert history.session(created.session_id) == created


def test_the_spec_keeps_the_order_of_its_keys(history):
    history.create_session(session(spec={"z": 1, "a": {"y": 1, "b": 2}}))

    spec = history.session(session().session_id).spec
    assert list(spec) == ["z", "a"]
    assert list(spec["a"]) == ["y", "b"]


def test_a_taken_id_gets_a_number_and_so_does_its_folder(history):
    created = [history.create_session(session()) for _ in range(3)]

    assert [s.session_id for s in created] == [f"upload_20260301_120000{end}" for end in ("", "_2", "_3")]
    assert [s.test_folder for s in created] == [f"sessions/{s.session_id}" for s in created]
    assert [history.session(s.session_id) for s in created] == created


def test_sessions_created_at_one_moment_get_different_ids(history):
    together = Barrier(4)

    def create(_):
        together.wait()
        return history.create_session(session()).session_id

    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(create, range(4)))

    assert len(ids) == 4


def test_an_unknown_session_is_refused_with_ids_that_look_alike(history):
    history.create_session(session())

    with pytest.raises(SessionNotFoundError) as caught:
        history.session("upload_20260301_120001")

    assert "Did you mean 'upload_20260301_120000'?" in caught.value.suggestions


def test_sessions_are_listed_newest_first(history):
    for number, minutes in [(1, 0), (2, 20), (3, 10)]:
        history.create_session(session(f"s{number}", created_at=NOON + timedelta(minutes=minutes)))
    history.move(move(history.session("s3"), Step.DONE, Status.COMPLETED))

    assert [s.session_id for s in history.sessions()] == ["s2", "s3", "s1"]
    assert [s.session_id for s in history.sessions(limit=2)] == ["s2", "s3"]
    assert [s.session_id for s in history.sessions(status=Status.ACTIVE)] == ["s2", "s1"]
    assert [s.session_id for s in history.sessions(status=Status.COMPLETED)] == ["s3"]
    assert not history.sessions(status=Status.EXPIRED)


def test_sessions_of_one_client_are_listed_alone(history):
    for number, client_id in enumerate(["ada", "bob", "ada", "ada"]):
        created_at = NOON + timedelta(minutes=number)
        history.create_session(session(f"s{number}", client_id=client_id, created_at=created_at))
    history.move(move(history.session("s3"), Step.DONE, Status.COMPLETED))

    assert [s.session_id for s in history.sessions(client_id="ada")] == ["s3", "s2", "s0"]
    assert [s.session_id for s in history.sessions(client_id="ada", limit=1)] == ["s3"]
    assert [s.session_id for s in history.sessions(client_id="ada", status=Status.ACTIVE)] == ["s2", "s0"]
    assert not history.sessions(client_id="eve")


def test_a_move_changes_state_version_and_time(history, clock):
    before = history.create_session(session())
    now = clock.advance(minutes=5)

    after = history.move(move(before, Step.AWAITING_ETL))

    assert after == replace(before, step=Step.AWAITING_ETL, version=2, updated_at=now)
    assert history.session(before.session_id) == after


def test_a_failed_session_keeps_why_and_when(history, clock):
    before = history.create_session(session())
    now = clock.advance(minutes=5)
    why = {"status": "error", "error_type": "CsvFormatError"}

    after = history.move(move(before, Step.AWAITING_SOURCE, Status.FAILED, failure=why))

    assert (after.status, after.failure, after.completed_at) == (Status.FAILED, why, now)


def test_a_closed_session_that_is_put_away_keeps_the_time_it_was_closed(history, clock):
    closed = history.move(move(history.create_session(session()), Step.DONE, Status.COMPLETED))
    clock.advance(days=30)

    assert history.move(move(closed, Step.DONE, Status.ARCHIVED)).completed_at == closed.completed_at


def test_a_session_that_is_taken_up_again_is_not_closed(history):
    failed = history.move(move(history.create_session(session()), status=Status.FAILED, failure={"a": 1}))

    again = history.move(move(failed, Step.AWAITING_ETL))

    assert (again.completed_at, again.failure) == (None, None)


def test_a_move_from_an_old_version_is_refused(history):
    before = history.create_session(session())
    current = history.move(move(before))

    with pytest.raises(SessionConflictError) as caught:
        history.move(move(before, Step.DONE))

    assert caught.value.context["version_now"] == 2
    assert history.session(before.session_id) == current


def test_of_two_who_move_a_session_at_once_one_is_refused(history):
    before = history.create_session(session())
    together = Barrier(2)

    def try_move(step):
        together.wait()
        try:
            return history.move(move(before, step)).step
        except SessionConflictError:
            return "refused"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(try_move, [Step.AWAITING_ETL, Step.AWAITING_COMPARISON]))

    assert outcomes.count("refused") == 1
    assert history.session(before.session_id).step in outcomes
    assert history.session(before.session_id).version == 2


def test_the_newest_snapshot_of_a_side_counts(history):
    created = history.create_session(session())
    older = file(created.session_id, rows=1)
    newer = file(created.session_id, rows=5, dialect=None, taken_at=None)

    history.save_snapshot(older, None)
    history.save_snapshot(newer, None)

    assert history.snapshot(created.session_id, Side.SOURCE) == newer
    assert history.snapshot(created.session_id, Side.TARGET) is None
    assert history.session(created.session_id) == created


def test_a_snapshot_and_its_move_are_one(history):
    created = history.create_session(session())
    history.save_snapshot(file(created.session_id), move(created, Step.AWAITING_ETL))

    with pytest.raises(SessionConflictError):
        history.save_snapshot(file(created.session_id, Side.TARGET), move(created, Step.DONE))

    assert history.session(created.session_id).step is Step.AWAITING_ETL
    assert history.snapshot(created.session_id, Side.TARGET) is None


def test_a_result_comes_back_with_its_counts(history, clock):
    created = history.create_session(session())

    result_id = history.save_result(created.session_id, found(), move(created, Step.AWAITING_REPORT))
    result = history.newest_result(created.session_id)

    assert result.result_id == result_id
    assert (result.rows_source, result.rows_target) == (100, 101)
    assert (result.matched_rows, result.mismatched_rows) == (97, 1)
    assert (result.source_only_rows, result.target_only_rows) == (2, 3)
    assert (result.verdict, result.passed, result.threshold) == ("failed", False, 99.5)
    assert result.match_score == found().result.match_score
    assert (result.comparison_time_s, result.memory_used_mb) == (1.25, 200.5)
    assert (result.mismatch_by_column, result.summary) == ({"name": 1}, {"z": 1, "a": [None, "ü"]})
    assert (result.created_at, result.zip_package_path) == (clock(), None)
    assert history.session(created.session_id).step is Step.AWAITING_REPORT


def test_the_newest_result_counts(history):
    created = history.create_session(session())
    first = history.save_result(created.session_id, found(), None)
    second = history.save_result(created.session_id, found(counts=RowCounts(matched=7)), None)

    assert second > first
    assert history.newest_result(created.session_id).matched_rows == 7


def test_a_result_and_its_move_are_one(history):
    created = history.create_session(session())
    history.move(move(created))

    with pytest.raises(SessionConflictError):
        history.save_result(created.session_id, found(), move(created))

    assert history.newest_result(created.session_id) is None


def test_differences_come_back_in_order(history):
    created = history.create_session(session())
    differences = (
        RowDifference(
            kind=DifferenceKind.MISMATCHED,
            key=("10", None),
            source_row=4,
            target_row=9,
            cells=(
                CellDifference(column="a", source="x", target=None),
                CellDifference(column="", source="", target="y"),
            ),
        ),
        RowDifference(kind=DifferenceKind.SOURCE_ONLY, key=(), source_row=1, values={"b": None, "a": ""}),
        RowDifference(
            kind=DifferenceKind.TARGET_ONLY, key=("2", ""), target_row=5_000_000_000, values={"b": "v"}
        ),
        RowDifference(kind=DifferenceKind.MISMATCHED, key=("z",), in_flight=True),
    )

    result_id = history.save_result(created.session_id, found(*differences), None)

    assert tuple(history.differences(result_id)) == differences
    assert tuple(history.differences(result_id, limit=2)) == differences[:2]
    assert list(history.differences(result_id)[1].values) == ["b", "a"]
    assert not history.differences(result_id, limit=0)
    assert not history.differences(result_id + 1)


@pytest.mark.parametrize("text", ODD_TEXTS, ids=ascii)
def test_every_text_comes_back_as_it_was(history, text):
    created = history.create_session(session())
    cell = CellDifference(column=f"c{text}", source=text, target=None)
    differences = (
        RowDifference(kind=DifferenceKind.MISMATCHED, key=(text,), cells=(cell,)),
        RowDifference(kind=DifferenceKind.SOURCE_ONLY, key=(None,), values={text: text}),
    )

    result_id = history.save_result(created.session_id, found(*differences), None)

    assert tuple(history.differences(result_id)) == differences


_texts = st.none() | st.text(st.characters(codec=None), max_size=8)
_cells = st.builds(CellDifference, column=st.text(max_size=3), source=_texts, target=_texts)
_rows = st.builds(
    RowDifference,
    kind=st.sampled_from(DifferenceKind),
    key=st.lists(_texts, max_size=3).map(tuple),
    source_row=st.none() | st.integers(1, 2**62),
    target_row=st.none() | st.integers(1, 2**62),
    cells=st.lists(_cells, max_size=3).map(tuple),
    values=st.dictionaries(st.text(max_size=3), _texts, max_size=3),
)


@settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(differences=st.lists(_rows, max_size=4).map(tuple))
def test_any_difference_comes_back_as_it_was(history, differences):
    created = history.create_session(session())

    result_id = history.save_result(created.session_id, found(*differences), None)

    assert tuple(history.differences(result_id)) == differences


def test_a_report_is_found_with_its_result(history):
    created = history.create_session(session())
    result_id = history.save_result(created.session_id, found(), None)

    history.save_report(result_id, "report/bundle.zip", move(created, Step.DONE, Status.COMPLETED))

    assert history.newest_result(created.session_id).zip_package_path == "report/bundle.zip"
    assert history.session(created.session_id).status is Status.COMPLETED


def test_a_report_and_its_move_are_one(history):
    created = history.create_session(session())
    result_id = history.save_result(created.session_id, found(), move(created))

    with pytest.raises(SessionConflictError):
        history.save_report(result_id, "report/bundle.zip", move(created))

    assert history.newest_result(created.session_id).zip_package_path is None


def test_a_report_of_no_result_is_refused(history):
    with pytest.raises(HistoryError, match="no result 7"):
        history.save_report(7, "report/bundle.zip", None)


def test_nothing_is_written_for_an_unknown_session(history):
    nobody = session("nobody")

    for write in (
        lambda: history.move(move(nobody)),
        lambda: history.save_snapshot(file("nobody"), None),
        lambda: history.save_result("nobody", found(), None),
    ):
        with pytest.raises(SessionNotFoundError):
            write()

    assert history.snapshot("nobody", Side.SOURCE) is None
    assert history.newest_result("nobody") is None


def test_a_forgotten_session_takes_everything_along(history):
    gone, kept = history.create_session(session("gone")), history.create_session(session("kept"))
    one_sided = RowDifference(kind=DifferenceKind.SOURCE_ONLY, key=("1",), values={"a": "1"})
    for created in (gone, kept):
        history.save_snapshot(file(created.session_id), None)
    gone_result, kept_result = (
        history.save_result(s.session_id, found(one_sided), None) for s in (gone, kept)
    )

    history.delete_session("gone")
    history.delete_session("gone")

    assert [s.session_id for s in history.sessions()] == ["kept"]
    assert history.snapshot("gone", Side.SOURCE) is None
    assert history.newest_result("gone") is None
    assert not history.differences(gone_result)
    assert len(history.differences(kept_result)) == 1

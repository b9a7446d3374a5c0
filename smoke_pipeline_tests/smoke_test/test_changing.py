"""An order that comes piece by piece, and what each piece opens again."""

import pytest

from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.errors import ObjectNotFoundError, SessionStateError
from smoke_pipeline.history.records import Status, Step
from smoke_pipeline.smoke_test.changing import name_side, set_comparison
from smoke_pipeline.smoke_test.spec import PathSide, SessionSpec
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.steps import compare_and_record, publish_report, snapshot_side
from smoke_pipeline.smoke_test.surroundings import spec_of
from smoke_pipeline.snapshots.manifest import Side


@pytest.fixture
def before(write):
    return PathSide(path=write("before.csv", "id,amount\n1,10\n2,20\n"))


@pytest.fixture
def after(write):
    return PathSide(path=write("after.csv", "id,amount\n1,10\n2,21\n"))


@pytest.fixture
def session_id(around):
    return start_session(SessionSpec(test_type="statement", source=None), around).session_id


@pytest.fixture
def finished(around, session_id, before, after):
    name_side(session_id, Side.SOURCE, before, around)
    name_side(session_id, Side.TARGET, after, around)
    done(session_id, around)
    return around.history.session(session_id)


def done(session_id, around):
    for side in Side:
        snapshot_side(session_id, side, around)
    compare_and_record(session_id, around)
    publish_report(session_id, around)


def test_a_session_may_start_without_its_source(around, session_id):
    session = around.history.session(session_id)

    assert (session.step, session.test_name) == (Step.AWAITING_SOURCE, "statement")
    with pytest.raises(SessionStateError, match="where the source of this session lies"):
        snapshot_side(session_id, Side.SOURCE, around)


def test_piece_by_piece_it_comes_to_a_verdict(around, session_id, before, after):
    name_side(session_id, Side.SOURCE, before, around)
    snapshot_side(session_id, Side.SOURCE, around)
    name_side(session_id, Side.TARGET, after, around)
    snapshot_side(session_id, Side.TARGET, around)
    set_comparison(session_id, ComparisonSpec(key=("id",)), around)

    found = compare_and_record(session_id, around)
    publish_report(session_id, around)

    assert (found.key, found.counts.matched, found.counts.mismatched) == (("id",), 1, 1)
    assert around.history.session(session_id).status is Status.COMPLETED


def test_the_target_may_be_named_before_the_source_was_taken(around, session_id, before, after):
    name_side(session_id, Side.TARGET, after, around)
    session = name_side(session_id, Side.SOURCE, before, around)

    assert session.step is Step.AWAITING_SOURCE
    done(session_id, around)
    assert around.history.session(session_id).status is Status.COMPLETED


@pytest.mark.parametrize(
    ("change", "step"),
    [
        (lambda i, write, a: name_side(i, Side.SOURCE, new(write), a), Step.AWAITING_SOURCE),
        (lambda i, write, a: name_side(i, Side.TARGET, new(write), a), Step.AWAITING_ETL),
        (lambda i, _, a: set_comparison(i, ComparisonSpec(key=("id",)), a), Step.AWAITING_COMPARISON),
    ],
)
def test_a_new_piece_opens_what_was_done_with_the_old_one(around, finished, write, change, step):
    session_id = finished.session_id

    session = change(session_id, write, around)

    assert (session.status, session.step, session.completed_at) == (Status.ACTIVE, step, None)


def new(write):
    return PathSide(path=write("new.csv", "id,amount\n1,10\n"))


def test_the_same_piece_again_changes_nothing(around, finished, after):
    session_id = finished.session_id

    assert name_side(session_id, Side.TARGET, after, around) == finished
    assert set_comparison(session_id, spec_of(finished).comparison, around) == finished


def test_what_is_not_there_is_refused_and_leaves_the_session_as_it_was(around, session_id, tmp_path):
    session = around.history.session(session_id)

    with pytest.raises(ObjectNotFoundError):
        name_side(session_id, Side.SOURCE, PathSide(path=str(tmp_path / "nowhere.csv")), around)

    assert around.history.session(session_id) == session

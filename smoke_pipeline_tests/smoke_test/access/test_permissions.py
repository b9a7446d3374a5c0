"""Whose session it is, and by which preset it reads, is asked before every step."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.errors import PermissionDeniedError, SessionNotFoundError
from smoke_pipeline.history.access.roles import Permission, may_see
from smoke_pipeline.history.records import Role, Status, Step
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.smoke_test import changing, steps
from smoke_pipeline.smoke_test.access.permissions import (
    require_reading,
    require_starting,
    seen_by,
    session_to_change,
    session_to_see,
    sessions_to_see,
)
from smoke_pipeline.smoke_test.outcome import outcome_of
from smoke_pipeline.smoke_test.parts import steps as parts
from smoke_pipeline.smoke_test.spec import PathSide, read_order
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.surroundings import Surroundings
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.fakes import FakeHistory
from smoke_pipeline_tests.history.access.people import person
from smoke_pipeline_tests.history.samples import NOON, move, session

ACTS = {
    "take a side": lambda around: steps.snapshot_side("s", Side.SOURCE, around),
    "take both sides": lambda around: steps.require_two_places("s", around),
    "compare": lambda around: steps.compare_and_record("s", around),
    "publish": lambda around: steps.publish_report("s", around),
    "deal": lambda around: parts.deal("s", around),
    "compare a part": lambda around: parts.compare_one_part("s", 0, around),
    "merge": lambda around: parts.merge_and_record("s", around),
    "name a side": lambda around: changing.name_side("s", Side.SOURCE, PathSide(path="/a.csv"), around),
    "set options": lambda around: changing.set_comparison("s", ComparisonSpec(), around),
}


def acting(around, role, client_id="ada", scopes=None):
    return replace(around, identity=person(role, client_id, scopes))


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
@pytest.mark.parametrize(("role", "client_id"), [("user", "bob"), ("billing", "ada")])
def test_no_step_is_done_with_a_session_of_somebody_else(act, role, client_id, around):
    around.history.create_session(session("s", client_id="ada"))

    with pytest.raises(PermissionDeniedError, match="may not change the session s"):
        act(acting(around, role, client_id))

    assert around.history.session("s") == session("s", client_id="ada")


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_no_step_reads_by_a_production_preset_for_a_user(act, around):
    around.history.create_session(session("s", client_id="ada", preset="production"))

    with pytest.raises(PermissionDeniedError, match="may not read by the preset 'production'"):
        act(acting(around, "user"))


def test_a_refused_step_does_not_end_the_session_of_somebody_else(around):
    made = around.history.create_session(session("s", client_id="ada"))
    stranger = acting(around, "user", "bob")
    with pytest.raises(PermissionDeniedError) as caught:
        steps.snapshot_side("s", Side.SOURCE, stranger)

    steps.fail_session("s", caught.value, stranger)

    assert around.history.session("s") == made


def test_a_started_session_is_that_of_who_acts(around, write):
    order = read_order({"source": {"kind": "path", "path": write("a.csv", "id\n1\n")}})

    assert start_session(order, acting(around, "user", "bob")).client_id == "bob"
    assert start_session(order, around).client_id == "local"


@pytest.mark.parametrize(
    ("role", "preset", "scopes"),
    [
        pytest.param("billing", "development", None, id="billing"),
        pytest.param("user", "production", None, id="user by production"),
        pytest.param("dba", "production", {Permission.START_SESSIONS}, id="narrowed dba"),
        pytest.param("dba", "development", {Permission.READ_PRODUCTION}, id="dba that may only read"),
    ],
)
def test_a_session_is_not_started_for_who_may_not(role, preset, scopes, around, write):
    order = read_order({"source": {"kind": "path", "path": write("a.csv", "id\n1\n")}, "preset": preset})

    with pytest.raises(PermissionDeniedError):
        start_session(order, acting(around, role, scopes=scopes))

    assert around.history.sessions() == []


def test_the_default_preset_may_be_a_production_one(around):
    settings = around.settings.model_copy(update={"default_preset": "production"})

    require_reading(person("dba"), None, settings)
    with pytest.raises(PermissionDeniedError):
        require_starting(person("user"), "production", settings)
    with pytest.raises(PermissionDeniedError):
        require_reading(person("user"), None, settings)


def test_a_preset_that_is_gone_counts_as_production(around):
    around.history.create_session(session("s", client_id="ada", preset="gone"))

    with pytest.raises(PermissionDeniedError):
        session_to_change("s", acting(around, "user"))
    assert session_to_change("s", acting(around, "dba")).preset == "gone"
    assert session_to_see("s", acting(around, "user")).preset == "gone"


def test_what_a_session_came_to_is_shown_to_who_may_see_it(around):
    made = around.history.create_session(session("s", client_id="ada"))

    assert outcome_of("s", acting(around, "user")).session == made
    for role, client_id in (("user", "bob"), ("billing", "ada")):
        with pytest.raises(PermissionDeniedError, match="may not see the session s"):
            outcome_of("s", acting(around, role, client_id))


def test_a_report_is_shown_to_who_reads_reports(around):
    made = around.history.create_session(session("s", client_id="ada"))
    around.history.move(move(made, Step.DONE, Status.COMPLETED))

    assert outcome_of("s", acting(around, "billing", "zoe")).session.status is Status.COMPLETED


def test_a_session_that_is_not_there_is_said_to_everybody(around):
    with pytest.raises(SessionNotFoundError):
        session_to_see("s", acting(around, "billing"))


@given(
    made=st.lists(
        st.tuples(st.sampled_from(["ada", "bob"]), st.sampled_from(Status), st.integers(0, 3)), max_size=12
    ),
    role=st.sampled_from(Role),
    scopes=st.none() | st.sets(st.sampled_from(Permission)),
    status=st.none() | st.sampled_from(Status),
    limit=st.integers(1, 12),
)
def test_a_list_is_all_sessions_filtered_by_what_may_be_seen(made, role, scopes, status, limit):
    history = FakeHistory()
    for number, (client_id, is_now, minutes) in enumerate(made):
        created_at = NOON + timedelta(minutes=minutes)
        history.create_session(
            session(f"s{number}", client_id=client_id, status=is_now, created_at=created_at)
        )
    who = person(role, "ada", scopes)
    around = Surroundings(history=history, settings=Settings(), data_folder=Path(), identity=who)

    listed = sessions_to_see(around, status=status, limit=limit)

    everything = history.sessions(status=status, limit=1000)
    assert listed == [one for one in everything if may_see(who, one)][:limit]


@given(
    role=st.sampled_from(Role),
    scopes=st.none() | st.sets(st.sampled_from(Permission)),
    client_id=st.sampled_from(["ada", "bob"]),
    status=st.sampled_from(Status),
)
def test_what_narrows_a_list_is_what_may_be_seen_of_each_session(role, scopes, client_id, status):
    who = person(role, "ada", scopes)
    made = session("s", client_id=client_id, status=status)

    seen = seen_by(who)

    listed = seen is None or made.client_id == seen.client_id or made.status in seen.statuses
    assert listed is may_see(who, made)


def test_a_list_holds_what_may_be_seen_and_is_as_long_as_asked(around):
    for number in range(6):
        around.history.create_session(session(f"s{number}", client_id="ada" if number % 2 else "bob"))

    assert [one.session_id for one in sessions_to_see(acting(around, "user"), limit=2)] == ["s5", "s3"]
    assert [one.session_id for one in sessions_to_see(acting(around, "dba"), limit=2)] == ["s5", "s4"]
    assert sessions_to_see(acting(around, "billing")) == []
    assert len(sessions_to_see(acting(around, "user"), status=Status.ACTIVE)) == 3

"""One table of legal moves: the lifecycle's, the database's and the fake's."""

from itertools import product

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from smoke_pipeline.errors import HistoryError, SessionConflictError, SessionError
from smoke_pipeline.history.records import Status, Step
from smoke_pipeline.smoke_test.lifecycle import (
    LEGAL,
    Act,
    closing_move,
    move_after,
    move_after_failure,
    move_before,
)
from smoke_pipeline_tests.history.samples import move, session

ROADS = {
    Status.ACTIVE: [],
    Status.FAILED: [Status.FAILED],
    Status.COMPLETED: [Status.COMPLETED],
    Status.CANCELLED: [Status.CANCELLED],
    Status.EXPIRED: [Status.EXPIRED],
    Status.ARCHIVED: [Status.FAILED, Status.ARCHIVED],
}
"""How a session comes to each status."""


def moved_to(history, session_id, status):
    found = history.session(session_id)
    step = {Status.COMPLETED: Step.DONE, Status.ACTIVE: Step.AWAITING_ETL}.get(status, found.step)
    return history.move(move(found, step, status))


@pytest.mark.parametrize(("before", "after"), list(product(Status, Status)))
def test_the_history_allows_what_the_table_of_legal_moves_allows(history, before, after):
    history.create_session(session())
    for status in ROADS[before]:
        moved_to(history, session().session_id, status)

    if after is before or after in LEGAL[before]:
        assert moved_to(history, session().session_id, after).status is after
    else:
        with pytest.raises(HistoryError, match=f"cannot go from {before} to {after}"):
            moved_to(history, session().session_id, after)
        assert history.session(session().session_id).status is before


CLOSED = (Status.CANCELLED, Status.EXPIRED, Status.ARCHIVED)


class Life(RuleBasedStateMachine):
    """A session that everything is done with, by people who saw it now or a while ago."""

    history = None
    number = 0

    @initialize()
    def start(self):
        type(self).number += 1
        self.id = self.history.create_session(session(f"s{type(self).number}")).session_id
        self.seen = [self.history.session(self.id)]
        self.moves = 0

    @rule()
    def look(self):
        self.seen.append(self.history.session(self.id))

    @rule(act=st.sampled_from(Act), back=st.integers(0, 3))
    def do(self, act, back):
        found = self.seen[-1 - back % len(self.seen)]
        self.attempt(found, lambda: move_after(found, act))

    @rule(act=st.sampled_from(Act), back=st.integers(0, 3))
    def reopen(self, act, back):
        found = self.seen[-1 - back % len(self.seen)]
        self.attempt(found, lambda: move_before(found, act))

    @rule(back=st.integers(0, 3))
    def fail(self, back):
        found = self.seen[-1 - back % len(self.seen)]
        self.attempt(found, lambda: move_after_failure(found, {"error_type": "X"}))

    @rule(status=st.sampled_from(CLOSED), back=st.integers(0, 3))
    def close(self, status, back):
        found = self.seen[-1 - back % len(self.seen)]
        self.attempt(found, lambda: closing_move(found, status))

    def attempt(self, found, planned):
        """Plan a move as a step does, and make it; only an outdated one may be refused by the history."""
        before = self.history.session(self.id)
        try:
            wanted = planned()
        except SessionError:
            return
        if wanted is None:
            return
        try:
            after = self.history.move(wanted)
        except SessionConflictError:
            assert found.version != before.version
            assert self.history.session(self.id) == before
            return
        self.moves += 1
        assert found.version == before.version
        assert (after.status, after.step, after.version) == (wanted.status, wanted.step, before.version + 1)

    @invariant()
    def no_update_is_lost(self):
        assert self.history.session(self.id).version == 1 + self.moves

    @invariant()
    def the_row_is_whole(self):
        found = self.history.session(self.id)
        assert (found.status is Status.ACTIVE) == (found.completed_at is None)
        assert found.status is not Status.COMPLETED or found.step is Step.DONE
        assert found.status is not Status.ACTIVE or found.step is not Step.DONE
        assert found.status in (Status.FAILED, *CLOSED) or found.failure is None


def test_no_order_of_acts_tears_a_session(history):
    machine = type("LifeHere", (Life,), {"history": history})

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

"""Definitions and baselines in a real PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from smoke_pipeline.errors import HistoryError, SessionConflictError
from smoke_pipeline.history.named_tests.baselines import Baselines
from smoke_pipeline.history.named_tests.definitions import Definitions
from smoke_pipeline.history.named_tests.records import EVERYBODY, BaselineRecord

pytestmark = pytest.mark.services

CLIENTS = 8


@pytest.fixture
def definitions(database, clock):
    return Definitions(database, clock)


@pytest.fixture
def baselines(database, clock):
    return Baselines(database, clock)


def baseline(clock, **more):
    given = {"test_name": "orders", "session_id": "upload_1", "result_id": 1, "accepted_by": "anna"}
    return BaselineRecord(**{**given, "accepted_at": clock(), "reason": "why", "rows": 0, **more})


def fingerprint(number):
    return bytes([number]) * 32


def outcomes(act):
    """What comes of the same act by many at one moment."""
    barrier = Barrier(CLIENTS)

    def one(number):
        barrier.wait()
        try:
            return act(number)
        except (HistoryError, SessionConflictError):
            return None

    with ThreadPoolExecutor(CLIENTS) as pool:
        return [found for found in pool.map(one, range(CLIENTS)) if found is not None]


def test_a_definition_is_kept_with_its_owner_and_its_version(definitions, clock):
    first = definitions.save("orders", {"a": "\0é", "b": [1, None]}, by="anna")
    clock.advance(hours=1)
    second = definitions.save("orders", {"a": "2"}, by="berta", version=1)

    assert (first.version, first.owner, first.definition) == (1, "anna", {"a": "\0é", "b": [1, None]})
    assert (second.version, second.owner, second.updated_by) == (2, "anna", "berta")
    assert second.updated_at > first.updated_at
    assert definitions.find("orders") == second
    assert definitions.all() == [second]
    assert definitions.find("other") is None


def test_who_saves_over_another_version_is_refused(definitions):
    definitions.save("orders", {}, by="anna")
    definitions.save("orders", {}, by="anna", version=1)

    for version in (None, 1, 3):
        with pytest.raises(SessionConflictError, match="somebody else meanwhile"):
            definitions.save("orders", {}, by="anna", version=version)
    with pytest.raises(SessionConflictError):
        definitions.save("other", {}, by="anna", version=1)


def test_of_many_who_save_at_once_one_does(definitions):
    assert len(outcomes(lambda n: definitions.save("orders", {"n": n}, by=f"client {n}"))) == 1
    assert len(outcomes(lambda n: definitions.save("orders", {"n": n}, by="anna", version=1))) == 1


def test_a_definition_is_forgotten_once(definitions):
    definitions.save("orders", {}, by="anna")

    definitions.delete("orders")

    with pytest.raises(HistoryError, match="No test named 'orders'"):
        definitions.delete("orders")


def test_a_baseline_is_kept_with_its_fingerprints(baselines, clock):
    accepted = {fingerprint(1): 2, fingerprint(2): 1}

    made = baselines.accept(baseline(clock, options={"key": ["id"], "rules": {}}), accepted)

    assert made.rows == 3
    assert baselines.active_for("orders", "berta") == made
    assert baselines.fingerprints(made.baseline_id) == accepted
    assert baselines.active_for("other", "anna") is None


def test_a_fingerprint_has_its_length(baselines, clock):
    with pytest.raises(HistoryError):
        baselines.accept(baseline(clock), {b"short": 1})

    assert baselines.active_for("orders", "anna") is None


def test_of_many_who_accept_at_once_one_baseline_is_active_and_whole(baselines, clock):
    made = outcomes(lambda n: baselines.accept(baseline(clock, accepted_by=str(n)), {fingerprint(n): n + 1}))

    assert len(made) == CLIENTS
    (active,) = [one for one in baselines.all_of("orders") if one.active]
    number = int(active.accepted_by)
    assert baselines.fingerprints(active.baseline_id) == {fingerprint(number): number + 1}


def test_ones_own_baseline_ends_without_everybodys(baselines, clock):
    everybodys = baselines.accept(baseline(clock), {})
    clock.advance(hours=1)
    own = baselines.accept(baseline(clock, holds_for="anna"), {})
    assert baselines.active_for("orders", "anna") == own
    assert baselines.active_for("orders", "berta") == everybodys

    baselines.drop("orders", "anna")

    assert baselines.active_for("orders", "anna") == everybodys
    baselines.drop("orders", EVERYBODY)
    assert baselines.active_for("orders", "anna") is None

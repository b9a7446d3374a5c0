"""Turns at a server, given by a real PostgreSQL: no more at once than may, and none kept by the dead."""

import subprocess
import sys
import threading

import psycopg
import pytest

from smoke_pipeline.errors import HistoryUnavailableError
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.turns import take_once, turns_at
from smoke_pipeline.settings.bounds import Bound

pytestmark = pytest.mark.services

PROGRAM = """
import sys, threading
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.turns import turns_at
from smoke_pipeline.settings.bounds import Bound
with Database(sys.argv[1]) as database:
    with turns_at([Bound(name="a", key="reads a", most=1)], database, on_wait=print):
        print("holds", flush=True)
        threading.Event().wait()
"""


def bound(key="reads a", most=1):
    return Bound(name=key.split()[-1], key=key, most=most)


class WaitedError(Exception):
    """Ends the waiting of a test."""


def refuse(_bound):
    raise WaitedError


def patient(most=60):
    """Waits so many looks and no longer."""
    looks = iter(range(most))
    return lambda one: None if next(looks, None) is not None else refuse(one)


@pytest.fixture
def database(postgres_url):
    with Database(postgres_url) as opened:
        yield opened


def has_turn(database, *bounds):
    try:
        with turns_at(bounds, database, on_wait=refuse):
            return True
    except WaitedError:
        return False


@pytest.mark.parametrize("most", [1, 3])
def test_no_more_have_a_turn_than_may(most, database):
    def taken(depth):
        if depth == 0:
            return has_turn(database, bound(most=most))
        with turns_at([bound(most=most)], database, on_wait=refuse):
            return taken(depth - 1)

    assert [taken(depth) for depth in range(most + 1)] == [True] * most + [False]


def test_whoever_waits_is_told_and_goes_on_when_a_turn_is_free(database):
    told, free, done = [], threading.Event(), threading.Event()

    def hold():
        with turns_at([bound()], database, on_wait=refuse):
            free.set()
            done.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    free.wait()
    patience = patient()
    with turns_at(
        [bound()], database, on_wait=lambda one: (told.append(one.name), done.set(), patience(one))
    ):
        holder.join()

    assert told
    assert set(told) == {"a"}


def test_other_servers_and_other_histories_have_turns_of_their_own(database, postgres_url):
    with turns_at([bound("reads a")], database, on_wait=refuse):
        assert has_turn(database, bound("reads b"))
        assert not has_turn(database, bound("reads b"), bound("reads a"))
        assert has_turn(database, bound("reads b"))


def test_one_server_on_both_sides_takes_one_turn(database):
    assert has_turn(database, bound(), bound())


def test_two_servers_are_waited_for_in_one_order_so_that_nobody_waits_for_ever(database):
    order = []
    for wanted in ((bound("reads a"), bound("reads b")), (bound("reads b"), bound("reads a"))):
        with turns_at([bound("reads a"), bound("reads b")], database, on_wait=refuse):
            try:
                with turns_at(wanted, database, on_wait=lambda one: (order.append(one.name), refuse(one))):
                    pass
            except WaitedError:
                pass

    assert order == ["a", "a"]


def test_an_error_within_the_block_lets_go(database):
    with pytest.raises(ValueError, match="stop"), turns_at([bound()], database, on_wait=refuse):
        raise ValueError("stop")

    assert has_turn(database, bound())


def test_a_process_that_is_killed_keeps_nobody_waiting(database, postgres_url):
    holder = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, postgres_url], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "holds\n"
    assert not has_turn(database, bound())

    holder.kill()
    holder.wait()
    holder.stdout.close()
    with turns_at([bound()], database, on_wait=patient()):
        pass


def test_a_server_that_goes_away_is_an_error_that_may_pass(postgres_url):
    with Database(postgres_url) as database:

        def cut(_bound):
            with psycopg.connect(postgres_url, autocommit=True) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE pid <> pg_backend_pid() AND datname = current_database()"
                )

        with (
            Database(postgres_url) as other_database,
            turns_at([bound()], other_database, on_wait=refuse),
            pytest.raises(HistoryUnavailableError),
            turns_at([bound()], database, on_wait=cut),
        ):
            pass


def test_what_only_one_may_have_is_had_once(database):
    first = take_once("suite a", database)

    assert take_once("suite a", database) is None
    first.close()
    again = take_once("suite a", database)
    assert again is not None
    again.close()

"""Two hundred clients of one database: every move counts once, and who comes too late is told so."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier

import pytest

from smoke_pipeline.errors import SessionConflictError, SessionError
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline.history.records import Status
from smoke_pipeline.smoke_test.lifecycle import Act, closing_move, move_after, move_after_failure
from smoke_pipeline_tests.history.samples import session

pytestmark = pytest.mark.services

CLIENTS = 200
SESSIONS = 10
SERVERS = 4
"""Pools of connections, as that many processes have them."""


def wanted(found, client):
    """What a client does with a session, by its own mind."""
    choice = random.Random(client).randrange(8)
    if choice == 7:
        return closing_move(found, Status.CANCELLED)
    if choice == 6:
        return move_after_failure(found, {"error_type": f"client {client}"})
    return move_after(found, list(Act)[choice % 4])


def test_two_hundred_clients_at_once_lose_no_update(postgres_url):
    with ExitStack() as stack:
        databases = [stack.enter_context(Database(postgres_url)) for _ in range(SERVERS)]
        databases[0].migrate()
        ids = [
            PostgresHistory(databases[0]).create_session(session(f"s{n}")).session_id for n in range(SESSIONS)
        ]
        together = Barrier(CLIENTS)

        def act(client):
            history, session_id = PostgresHistory(databases[client % SERVERS]), ids[client % SESSIONS]
            together.wait()
            try:
                after = history.move(wanted(history.session(session_id), client))
            except SessionConflictError:
                return session_id, "conflict"
            except SessionError:
                return session_id, "refused"
            return session_id, after.version

        with ThreadPoolExecutor(CLIENTS) as pool:
            answers = list(pool.map(act, range(CLIENTS)))
        found = {one: PostgresHistory(databases[0]).session(one) for one in ids}

    assert len(answers) == CLIENTS
    for session_id in ids:
        versions = [answer for one, answer in answers if one == session_id and isinstance(answer, int)]
        assert sorted(versions) == list(range(2, found[session_id].version + 1))
    assert Counter(answer for _, answer in answers)["conflict"] > 0

"""Turns at a server: no more runs read from it at once than may, whoever launched them.

A turn is an advisory lock of PostgreSQL that a connection of its own holds. The server lets go of it as soon
as that connection is gone, so a process that is killed keeps nobody waiting.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from sqlalchemy import BigInteger, Connection, cast, func, select, text

from smoke_pipeline.history.database import Database
from smoke_pipeline.settings.bounds import Bound

LOOK_EVERY_S = 0.5
"""How often whoever waits looks for a free turn."""
_IF_ITS_MACHINE_IS_GONE = "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10"


@contextmanager
def turns_at(
    bounds: Sequence[Bound],
    database: Database,
    *,
    on_wait: Callable[[Bound], None],
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """A turn at each of them until the block ends, waited for in an order that is the same for everybody.

    Args:
        bounds: What a turn is wanted at.
        database: Where turns are given.
        on_wait: Told each time that there is none yet; what it raises ends the waiting.
        sleep: Waits so many seconds.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    wanted = sorted({bound.key: bound for bound in bounds}.values(), key=lambda bound: bound.key)
    if not wanted:
        yield
        return
    with ExitStack() as held:
        with database.translated():
            connection = held.enter_context(database.apart())
            connection.execute(text(_IF_ITS_MACHINE_IS_GONE))
            for bound in wanted:
                while not _has_turn(bound, connection):
                    on_wait(bound)
                    sleep(LOOK_EVERY_S)
        yield


def take_once(key: str, database: Database) -> "ExitStack | None":
    """What lets go of a turn that only one may have, when closed; None where somebody has it.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    bound = Bound(name=key, key=key, most=1)
    with ExitStack() as held, database.translated():
        connection = held.enter_context(database.apart())
        return held.pop_all() if _has_turn(bound, connection) else None


def _has_turn(bound: Bound, connection: Connection) -> bool:
    return any(_is_taken(f"{bound.key} {number}", connection) for number in range(bound.most))


def _is_taken(place: str, connection: Connection) -> bool:
    """Whether the place is ours from now on."""
    number = int.from_bytes(hashlib.sha256(place.encode()).digest()[:8], "big", signed=True)
    taken = connection.scalar(select(func.pg_try_advisory_lock(cast(number, BigInteger))))
    return bool(taken)

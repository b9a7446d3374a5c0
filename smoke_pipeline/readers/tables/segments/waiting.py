"""A long question to a database that can be given up while it is being answered."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

_Answer = TypeVar("_Answer")
OnWait = Callable[[], None]
"""Called while a database works; an exception that it raises stops the database."""


def nothing() -> None:
    """Wait without a word."""


def answered(
    ask: Callable[[], _Answer], *, stop: Callable[[], None], on_wait: OnWait, every_s: float = 0.5
) -> _Answer:
    """The answer, or whatever `ask` raises.

    Args:
        ask: Asks, and comes back with the answer; runs in a thread of its own.
        stop: Makes the database leave off, so that `ask` comes back soon.
        on_wait: Called again and again until then; if it raises, the database is stopped.
        every_s: How often.
    """
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask)
        try:
            while wait([asked], every_s).not_done:
                on_wait()
        except BaseException:
            stop()
            raise
        return asked.result()

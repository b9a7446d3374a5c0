"""A polite kill ends a command as Ctrl-C does: what it works on is put in order first."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP came."""


@contextmanager
def politely_ended() -> Iterator[None]:
    """Let SIGTERM and SIGHUP break off what is under way within the block; a command may choose otherwise."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are not ours to choose
        return

    def end(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # `nohup` asks for that
    chosen = (signal.SIGTERM,) if ignored else (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, end) for number in chosen}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

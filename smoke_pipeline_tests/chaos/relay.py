"""A line to a server that can be cut and mended."""

import select
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Self

Address = tuple[str, int] | str
"""Host and port, or the path of a socket."""
_BLOCK = 64 * 1024


class Relay:
    """Carries bytes to a server and back while it is whole."""

    def __init__(self, server: Address, listener: socket.socket) -> None:
        self._server = server
        self._listener = listener
        self._is_cut = threading.Event()
        self._is_over = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self.port = int(listener.getsockname()[1])
        self.cuts = 0

    @classmethod
    @contextmanager
    def to(cls, server: Address) -> Iterator[Self]:
        """A line to that server, until the block ends."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(0.2)
            relay = cls(server, listener)
            accepting = threading.Thread(target=relay._accept, daemon=True)
            accepting.start()
            try:
                yield relay
            finally:
                relay._is_over.set()
                relay.cut()
                accepting.join()

    def cut(self) -> None:
        """End every connection with a reset, and every new one."""
        self._is_cut.set()
        self.cuts += 1
        with self._lock:
            for one in self._open:
                with suppress(OSError):
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    one.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Carry again."""
        self._is_cut.clear()

    def _accept(self) -> None:
        while not self._is_over.is_set():
            with suppress(TimeoutError):
                client, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client:
            if self._is_cut.is_set():
                return
            with suppress(OSError), _connected(self._server) as server:
                with self._lock:
                    self._open |= {client, server}
                try:
                    _pump(client, server)
                finally:
                    with self._lock:
                        self._open -= {client, server}


def _connected(server: Address) -> socket.socket:
    if isinstance(server, tuple):
        return socket.create_connection(server, timeout=10)
    found = socket.socket(socket.AF_UNIX)
    found.settimeout(10)
    try:
        found.connect(server)
    except OSError:
        found.close()
        raise
    return found


def _pump(one: socket.socket, other: socket.socket) -> None:
    """Carry both ways until one side ends."""
    for end in (one, other):
        end.settimeout(None)
    while True:
        for ready in select.select([one, other], [], [])[0]:
            block = ready.recv(_BLOCK)
            if not block:
                return
            (other if ready is one else one).sendall(block)

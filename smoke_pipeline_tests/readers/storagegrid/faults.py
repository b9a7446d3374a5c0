"""A line to the store on which things go wrong, as they are told to."""

import http.client
import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

_BLOCK = 16 * 1024


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question of the client."""

    number: int
    """Of those for the content of an object, from 1; 0 for every other question."""
    method: str
    path: str
    range: str | None


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong with one answer."""

    cut_after: int | None = None
    """Bytes of the body after which the connection ends."""
    is_reset: bool = False
    """Whether it ends with a reset."""
    stalls: bool = False
    """Whether nothing more comes after `cut_after`, and the connection stays."""
    status: int | None = None
    """What is answered in place of the store."""
    code: str | None = None
    """The code in the body of such an answer."""
    detail: str = ""
    """More of that body."""
    passed_as: int | None = None
    """With which status the answer of the store is passed on."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """What the answer's headers say instead."""
    more: bytes = b""
    """What comes after the body."""


def _nothing(_asked: Asked) -> Fault | None:
    return None


class Line:
    """The line; `moved_bytes` counts what it carried of objects, to the client."""

    def __init__(self, store: tuple[str, int], fault_of: Callable[[Asked], Fault | None]) -> None:
        self.fault_of = fault_of
        self.store = store
        self.moved_bytes = 0
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self.waited_out = 0
        """Answers that did not go on, and that the client waited for all the same."""
        self._at_once = 0
        self._lock = threading.Lock()

    @classmethod
    @contextmanager
    def to(
        cls,
        store: tuple[str, int],
        fault_of: Callable[[Asked], Fault | None] = _nothing,
        tls: ssl.SSLContext | None = None,
    ) -> Iterator[tuple[Self, tuple[str, int]]]:
        """A line, and where it begins."""
        line = cls(store, fault_of)
        handler = type("_Handler", (_Handler,), {"line": line})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield line, ("127.0.0.1", server.server_port)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def note(self, method: str, path: str, span: str | None) -> Asked:
        with self._lock:
            number = 1 + sum(one.number > 0 for one in self.asked) if span else 0
            self.asked.append(Asked(number=number, method=method, path=path, range=span))
            return self.asked[-1]

    def carry(self, size_bytes: int) -> None:
        with self._lock:
            self.moved_bytes += size_bytes

    @contextmanager
    def answering(self) -> Iterator[None]:
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._lock:
                self._at_once -= 1


class _Handler(BaseHTTPRequestHandler):
    """One connection of the client."""

    line: Line
    protocol_version = "HTTP/1.1"
    timeout = 10

    def log_message(self, *_args: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._pass_on()

    def do_GET(self) -> None:
        self._pass_on()

    def do_PUT(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def do_DELETE(self) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = self.line.note(self.command, self.path, self.headers.get("Range"))
        with self.line.answering():
            fault = self.line.fault_of(asked) or Fault()
            if fault.status:
                self._refuse(fault)
                return
            with _Answer(self.line.store, self, sent) as answer:
                self._carry(asked, answer, fault)

    def _refuse(self, fault: Fault) -> None:
        code = f"<Error><Code>{fault.code}</Code><Message>no</Message>{fault.detail}</Error>"
        body = code if fault.code else ""
        self.send_response(fault.status or 500)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body.encode())

    def _carry(self, asked: Asked, answer: http.client.HTTPResponse, fault: Fault) -> None:
        self.send_response(fault.passed_as or answer.status)
        headers = {name: value for name, value in answer.getheaders() if name not in ("Connection", "Server")}
        for name, value in {**headers, **fault.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        left = fault.cut_after
        while block := answer.read(_BLOCK if left is None else min(_BLOCK, left)):
            with suppress(OSError):
                self.wfile.write(block)
            if asked.number:
                self.line.carry(len(block))
            left = None if left is None else left - len(block)
        self.wfile.write(fault.more)
        if fault.cut_after is not None:
            self._end(fault)

    def _end(self, fault: Fault) -> None:
        if fault.stalls:
            left, _, _ = select.select([self.connection], [], [], 10)
            self.line.waited_out += not left
        if fault.is_reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True


class _Answer:
    """What the store answers to the same question."""

    def __init__(self, store: tuple[str, int], handler: BaseHTTPRequestHandler, sent: bytes) -> None:
        self._connection = http.client.HTTPConnection(*store)
        self._handler = handler
        self._sent = sent

    def __enter__(self) -> http.client.HTTPResponse:
        asked = self._handler
        headers = dict(asked.headers.items())
        self._connection.request(asked.command, asked.path, body=self._sent or None, headers=headers)
        return self._connection.getresponse()

    def __exit__(self, *_error: object) -> None:
        self._connection.close()

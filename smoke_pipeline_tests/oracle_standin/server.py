"""Who listens for clients."""

import socket
import ssl
import threading
from typing import Self

from smoke_pipeline_tests.oracle_standin.session import Behaviour, Engine, Session


class OracleStandIn:
    """A server on a free port, while `with` lasts."""

    def __init__(
        self, engine: Engine, behaviour: Behaviour | None = None, *, tls: ssl.SSLContext | None = None
    ) -> None:
        self._engine = engine
        self._tls = tls
        self._listener: socket.socket | None = None
        self._threads: list[threading.Thread] = []
        self._connections: list[socket.socket] = []
        self.behaviour = behaviour or Behaviour()
        self.sessions: list[Session] = []
        self.failures: list[BaseException] = []
        """What went wrong in the stand-in itself; none is expected."""

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._start(self._listen, self._listener)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._listener is not None
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        for thread in self._threads:
            thread.join(timeout=10)
        assert self.failures == []

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._listener is not None
        return int(self._listener.getsockname()[1])

    @property
    def dsn(self) -> str:
        """What a client connects to."""
        if self._tls:
            return f"tcps://localhost:{self.port}/{self.behaviour.service}"
        return f"127.0.0.1:{self.port}/{self.behaviour.service}"

    @property
    def statements(self) -> list[str]:
        """What was executed, by whichever session."""
        return [sql for session in self.sessions for sql, _ in session.statements]

    def _start(self, target, *arguments) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connections.append(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        try:
            with self._tls.wrap_socket(connection, server_side=True) if self._tls else connection as wrapped:
                session = Session(wrapped, self._engine, self.behaviour)
                self.sessions.append(session)
                session.serve()
        except OSError:
            return
        except BaseException as error:  # noqa: BLE001 - told when the server ends
            self.failures.append(error)

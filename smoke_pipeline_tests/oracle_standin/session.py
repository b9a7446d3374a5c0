"""One client: how it connects, and what it may ask for."""

import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from smoke_pipeline_tests.oracle_standin.authentication import Login, Pairs, Verifier
from smoke_pipeline_tests.oracle_standin.columns import LOBS, Column, OraError
from smoke_pipeline_tests.oracle_standin.cursors import (
    DEFINE,
    FETCH,
    PARAMETERS,
    PARSE_ONLY,
    Cursor,
    Order,
    describe,
    error,
    parameters,
    read_order,
    send_rows,
)
from smoke_pipeline_tests.oracle_standin.wire import ClosedError, Output, Packet, StoppedError, Wire

PROTOCOL, DATA_TYPES, STATUS, CLOSE_CURSORS = 1, 2, 9, 105
UTF8 = 873
CANCELLED = OraError(1013, "user requested cancel of current operation")
UNKNOWN_SERVICE = 12514


@dataclass(frozen=True)
class Profile:
    """What a version of the server says of itself."""

    protocol: int
    fields: int
    """Version of the messages."""
    version: tuple[int, int, int, int, int]

    @property
    def number(self) -> int:
        """The version as one number."""
        first, second, third, fourth, fifth = self.version
        if self.fields >= 11:
            return first << 24 | second << 16 | third << 12 | fourth << 4 | fifth
        return first << 24 | second << 20 | third << 12 | fourth << 8 | fifth


PROFILES = {
    "12.1": Profile(315, 7, (12, 1, 0, 2, 0)),
    "19c": Profile(318, 13, (19, 28, 0, 0, 0)),
    "23ai": Profile(319, 24, (23, 9, 0, 0, 0)),
}


class Engine(Protocol):
    """What finds the rows."""

    def found(
        self, sql: str, values: Sequence[Any], user: str, memory: dict[str, Any]
    ) -> tuple[Sequence[Column], Sequence[Sequence[Any]]] | None:
        """The columns and rows of a SELECT; None for a statement without rows."""


@dataclass(kw_only=True)
class Behaviour:
    """How a server behaves."""

    profile: str = "19c"
    verifier: Verifier = "12c"
    unit: int = 8192
    """Bytes of a packet."""
    cut_after: int | None = None
    """Bytes after which the connection is cut, be it in the middle of a packet."""
    is_terse: bool = True
    """Whether values that repeat those of the row before are left out."""
    users: dict[str, str] = field(default_factory=lambda: {"SCOTT": "tiger"})
    service: str = "standin"
    fault: Callable[[str, Cursor], None] = lambda when, cursor: None
    """Called before a statement is executed or rows are fetched; it may raise `OraError` or `ClosedError`."""
    hangs: Callable[[str], bool] = lambda sql: False
    """Which statements give no answer until they are cancelled."""


class Session:
    """One client."""

    def __init__(self, connection: socket.socket, engine: Engine, behaviour: Behaviour) -> None:
        self._wire = Wire(connection, behaviour.unit, behaviour.cut_after)
        self._engine = engine
        self._behaviour = behaviour
        self._profile = PROFILES[behaviour.profile]
        self._fields = self._profile.fields
        self._cursors: dict[int, Cursor] = {}
        self._login: Login | None = None
        self._user = ""
        self._memory: dict[str, Any] = {}
        self.statements: list[tuple[str, Sequence[Any]]] = []
        """What was executed, with its values."""

    @property
    def sent(self) -> int:
        """Bytes that the client was sent."""
        return self._wire.sent

    def serve(self) -> None:
        """Answer until the client is gone."""
        try:
            if self._connected():
                while True:
                    self._message()
        except ClosedError:
            pass

    def _connected(self) -> bool:
        kind, body = self._wire.receive()
        if kind != Packet.CONNECT:
            return False
        wanted, size, offset = (struct.unpack(">H", body[place : place + 2])[0] for place in (6, 16, 18))
        self._wire.unit = max(512, min(wanted or 8192, self._wire.unit))
        text = body[offset - 8 : offset - 8 + size] if size <= 230 else self._wire.receive()[1][2:]
        if f"service_name={self._behaviour.service})" not in text.decode().lower():
            code = UNKNOWN_SERVICE
            why = f"(DESCRIPTION=(ERR={code})(ERROR_STACK=(ERROR=(CODE={code})(EMFI=4))))".encode()
            self._wire.send(Packet.REFUSE, b"\0\0" + struct.pack(">H", len(why)) + why)
            return False
        unit, protocol = self._wire.unit, self._profile.protocol
        answer = struct.pack(">HHHHHHH", protocol, 0, unit, unit, 1, 0, 45) + b"\x04\x04" + bytes(8)
        answer += struct.pack(">I", unit)
        if protocol >= 318:
            ends_and_fast = 0x12000000 if protocol >= 319 else 0
            answer += struct.pack(">IBI", unit, 0, ends_and_fast)
        self._wire.send(Packet.ACCEPT, answer)
        self._wire.has_long_packets = True
        return True

    def _message(self) -> None:
        try:
            match self._wire.byte():
                case 1:
                    self._skip_protocol()
                    self._wire.answer(self._protocol(self._fields), is_last=False)
                case 2:
                    self._skip_data_types()
                    self._wire.answer(Output().octets(DATA_TYPES, 0, 0), is_last=False)
                case 34:
                    self._fast_authentication()
                case 17:
                    self._piggyback()
                case 3:
                    self._function(Output())
                case _:
                    raise ClosedError
        except StoppedError:
            self._cancelled()

    def _cancelled(self) -> None:
        output = Output()
        error(output, CANCELLED, self._fields)
        self._wire.answer(output)

    def _fast_authentication(self) -> None:
        wire = self._wire
        wire.take(4)
        self._skip_protocol()
        wire.take(5)
        fields, self._fields = self._fields, wire.byte()
        wire.byte()
        self._skip_data_types()
        wire.byte()
        wire.marks_end = True
        self._function(self._protocol(fields).octets(DATA_TYPES, 0, 0))
        self._fields = fields

    def _skip_protocol(self) -> None:
        self._wire.take(2)
        while self._wire.byte():
            pass

    def _skip_data_types(self) -> None:
        self._wire.take(5), self._wire.text(), self._wire.text()
        while any(self._wire.take(2)):
            self._wire.take(6)

    def _protocol(self, fields: int) -> Output:
        """What the server can do."""
        formats = bytes(9) + struct.pack(">H", 2000)
        compiled = bytearray(55)
        compiled[7], compiled[15], compiled[23], compiled[37] = fields, 0x29, 0xC7, 0x20
        at_run_time = bytes([2, 0, 0, 0, 0, 0, 4, *bytes(6)])
        output = Output().octets(PROTOCOL, 6, 0).raw(b"stand-in\0").raw(struct.pack("<HBH", UTF8, 1, 0))
        return output.raw(struct.pack(">H", len(formats)) + formats).text(bytes(compiled)).text(at_run_time)

    def _piggyback(self) -> None:
        """What travels before a call: only closed cursors matter."""
        code = self._wire.byte()
        self._wire.byte()
        if self._fields >= 18:
            self._wire.number()
        if code != CLOSE_CURSORS:
            raise ClosedError
        self._wire.byte()
        for number in self._wire.numbers(self._wire.number()):
            self._cursors.pop(number, None)

    def _function(self, output: Output) -> None:
        code = self._wire.byte()
        self._wire.byte()
        if self._fields >= 18:
            self._wire.number()
        try:
            self._call(code, output)
        except OraError as found:
            error(output, found, self._fields)
        self._wire.answer(output)

    def _call(self, code: int, output: Output) -> None:
        match code:
            case 118:
                self._challenge(output)
            case 115:
                self._prove(output)
            case 94:
                self._execute(output, read_order(self._wire, self._fields))
            case 5:
                self._fetch(output, *self._wire.numbers(2))
            case 9 | 14 | 15 | 147:  # log off, commit, roll back, ping
                output.octets(STATUS).number(0, 0)
            case _:
                raise OraError(3115, f"unsupported network datatype or representation (function {code})")

    def _challenge(self, output: Output) -> None:
        self._user, _ = self._credentials()
        users = {name.upper(): password for name, password in self._behaviour.users.items()}
        self._login = Login(self._behaviour.verifier, users.get(self._user.upper()))
        self._pairs(output, self._login.challenge())

    def _prove(self, output: Output) -> None:
        _, answer = self._credentials()
        if self._login is None:
            raise ClosedError
        proof = self._login.proof(answer)
        facts = {
            "AUTH_VERSION_NO": str(self._profile.number),
            "AUTH_SESSION_ID": "1",
            "AUTH_SERIAL_NUM": "1",
            "AUTH_MAX_OPEN_CURSORS": "300",
            "AUTH_SC_DBUNIQUE_NAME": "STANDIN",
            "AUTH_SC_SERVICE_NAME": self._behaviour.service,
            "AUTH_INSTANCENAME": "standin",
            "AUTH_MAX_IDEN_LENGTH": "128",
            "AUTH_SVR_RESPONSE": proof,
        }
        self._pairs(output, [(name, value, 0) for name, value in facts.items()])

    def _credentials(self) -> tuple[str, dict[str, str]]:
        wire = self._wire
        has_user = wire.byte()
        wire.numbers(2), wire.byte()
        count = wire.number()
        wire.take(2)
        user = (wire.text() or b"").decode() if has_user else ""
        pairs = {}
        for _ in range(count):
            name, value = wire.sized() or b"", wire.sized() or b""
            wire.number()
            pairs[name.decode().rstrip("\0")] = value.decode()
        return user, pairs

    @staticmethod
    def _pairs(output: Output, pairs: Pairs) -> None:
        output.octets(PARAMETERS).number(len(pairs))
        for name, value, flags in pairs:
            output.sized(name).sized(value).number(flags)
        output.octets(STATUS).number(0, 0)

    def _execute(self, output: Output, order: Order) -> None:
        if order.options & DEFINE:
            cursor = self._cursors[order.cursor]
            cursor.fetched_as = order.fetched_as
            if order.options & FETCH:
                self._send(output, cursor, order.rows)
            else:
                error(output, None, self._fields, cursor=cursor)
            return
        if order.sql is None:
            raise OraError(3115, "the stand-in executes no statement twice; keep no statement cache")
        cursor = Cursor(max(self._cursors, default=0) + 1, order.sql)
        self._cursors[cursor.number] = cursor
        self.statements.append((order.sql, order.values))
        self._behaviour.fault("execute", cursor)
        if self._behaviour.hangs(order.sql):
            self._wait_for_cancel()
        found = self._engine.found(order.sql, order.values, self._user.upper(), self._memory)
        if found is not None:
            cursor.columns, rows = found
            cursor.rows = iter(rows)
            describe(output, cursor.columns, self._fields)
        has_lobs = any(column.type in LOBS for column in cursor.columns)
        wants_rows = order.options & FETCH and order.rows and not order.options & PARSE_ONLY
        if found is not None and wants_rows and not has_lobs:
            self._send(output, cursor, order.rows)
        else:
            parameters(output)
            error(output, None, self._fields, cursor=cursor)

    def _wait_for_cancel(self) -> None:
        kind, body = self._wire.receive()
        if kind != Packet.MARKER:
            raise ClosedError
        self._wire.interrupted(body[2])
        raise StoppedError

    def _fetch(self, output: Output, number: int, rows: int) -> None:
        cursor = self._cursors.get(number)
        if cursor is None:
            raise OraError(1001, "invalid cursor")
        self._behaviour.fault("fetch", cursor)
        self._send(output, cursor, rows)

    def _send(self, output: Output, cursor: Cursor, rows: int) -> None:
        send_rows(output, cursor, rows, self._fields, is_terse=self._behaviour.is_terse)

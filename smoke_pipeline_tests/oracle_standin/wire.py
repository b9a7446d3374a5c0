"""Packets, and the numbers and texts that a message in them is made of."""

import socket
import struct
from enum import IntEnum

SHORT = 252
"""Bytes that one length byte can tell; longer ones travel in pieces."""
IN_PIECES = 254
PIECE = 32_767
LAST_OF_ANSWER = 0x2000


class ClosedError(Exception):
    """The other side is gone, or says what is not understood."""


class StoppedError(Exception):
    """The client wants the statement stopped; it was answered."""


class Packet(IntEnum):
    """What a packet is for."""

    CONNECT = 1
    ACCEPT = 2
    REFUSE = 4
    DATA = 6
    MARKER = 12


class Output:
    """A message that grows at its end."""

    def __init__(self) -> None:
        self.data = bytearray()

    def octets(self, *values: int) -> "Output":
        """Single bytes."""
        self.data += bytearray(values)
        return self

    def raw(self, data: bytes) -> "Output":
        """Bytes as they are."""
        self.data += data
        return self

    def number(self, *values: int) -> "Output":
        """Numbers, each after its length."""
        for value in values:
            size = (abs(value).bit_length() + 7) // 8
            size = next((one for one in (0, 1, 2, 4, 8) if one >= size), 8)
            self.data.append(size | (0x80 if value < 0 else 0))
            self.data += abs(value).to_bytes(size, "big")
        return self

    def text(self, data: bytes | None) -> "Output":
        """Bytes after their length, or in pieces; none where there is nothing."""
        if not data:
            return self.octets(0)
        if len(data) <= SHORT:
            return self.octets(len(data)).raw(data)
        self.octets(IN_PIECES)
        for start in range(0, len(data), PIECE):
            piece = data[start : start + PIECE]
            self.number(len(piece)).raw(piece)
        return self.number(0)

    def sized(self, data: bytes | str | None) -> "Output":
        """A number that tells the length, then the text."""
        found = data.encode() if isinstance(data, str) else data or b""
        self.number(len(found))
        return self.text(found) if found else self


class Wire:
    """A connection, and the message that is being read from it."""

    def __init__(self, connection: socket.socket, unit: int, cut_after: int | None = None) -> None:
        self.connection = connection
        self.unit = unit
        """Bytes of the largest packet."""
        self.sent = 0
        self._cut_after = cut_after
        self.has_long_packets = False
        self.marks_end = False
        self._bytes = b""
        self._message = b""
        self._here = 0

    def receive(self) -> tuple[int, bytes]:
        """The next packet: its kind and what is in it."""
        head = self._take(8)
        size = struct.unpack(">I", head[:4])[0] if self.has_long_packets else struct.unpack(">H", head[:2])[0]
        return head[4], self._take(size - 8)

    def send(self, kind: Packet, body: bytes) -> None:
        """One packet."""
        size = len(body) + 8
        head = struct.pack(">I", size) if self.has_long_packets else struct.pack(">HH", size, 0)
        packet = head + bytes([kind, 0, 0, 0]) + body
        if self._cut_after is not None:
            packet = packet[: max(0, self._cut_after - self.sent)]
        try:
            self.connection.sendall(packet)
        except OSError as error:
            raise ClosedError from error
        self.sent += len(packet)
        if len(packet) < size:
            raise ClosedError

    def answer(self, output: Output, *, is_last: bool = True) -> None:
        """A message in as many packets as it takes."""
        ends = self.marks_end and is_last
        data = bytes(output.data) + (b"\x1d" if ends else b"")
        room = self.unit - 10
        for start in range(0, max(len(data), 1), room):
            flags = LAST_OF_ANSWER if ends and start + room >= len(data) else 0
            self.send(Packet.DATA, struct.pack(">H", flags) + data[start : start + room])

    def interrupted(self, mark: int) -> None:
        """Answer a client that wants a statement stopped."""
        if mark != 2:
            self.send(Packet.MARKER, b"\x01\x00\x01")
            while True:
                kind, body = self.receive()
                if kind == Packet.MARKER and body[2] == 2:
                    break
        self.send(Packet.MARKER, b"\x01\x00\x02")
        self._message, self._here = b"", 0

    def take(self, size: int) -> bytes:
        """The next bytes of the message."""
        while len(self._message) - self._here < size:
            kind, body = self.receive()
            if kind == Packet.MARKER:
                self.interrupted(body[2])
                raise StoppedError
            if kind != Packet.DATA or body[1] & 0x40:
                raise ClosedError
            self._message, self._here = self._message[self._here :] + body[2:], 0
        found = self._message[self._here : self._here + size]
        self._here += size
        return found

    def byte(self) -> int:
        """The next byte."""
        return self.take(1)[0]

    def number(self) -> int:
        """The next number."""
        size = self.byte()
        value = int.from_bytes(self.take(size & 0x7F), "big")
        return -value if size & 0x80 else value

    def numbers(self, count: int) -> list[int]:
        """The next numbers."""
        return [self.number() for _ in range(count)]

    def text(self) -> bytes | None:
        """The next bytes with a length; None for nothing."""
        size = self.byte()
        if size in (0, 255):
            return None
        if size != IN_PIECES:
            return self.take(size)
        pieces = []
        while piece := self.number():
            pieces.append(self.take(piece))
        return b"".join(pieces)

    def sized(self) -> bytes | None:
        """The next text after a number that tells its length."""
        return self.text() if self.number() else None

    def _take(self, size: int) -> bytes:
        while len(self._bytes) < size:
            try:
                more = self.connection.recv(1 << 16)
            except OSError as error:
                raise ClosedError from error
            if not more:
                raise ClosedError
            self._bytes += more
        found, self._bytes = self._bytes[:size], self._bytes[size:]
        return found

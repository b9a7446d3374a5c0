"""The bytes of a request on their way to the disk: never more than a block of them in memory."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import anyio
from anyio.to_thread import run_sync
from starlette.requests import ClientDisconnect, Request

from smoke_pipeline.errors import FileTooLargeError, InvalidOptionError, UploadError
from smoke_pipeline.launcher.transfers.arrival import Arrival
from smoke_pipeline.launcher.transfers.inbox import Inbox
from smoke_pipeline.launcher.transfers.signing import Ticket
from smoke_pipeline.readers.disk import storage_errors

BLOCK = 1 << 20
STALL_S = 60.0

_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What a request has brought."""

    received_bytes: int
    sha256: str | None = None
    """Once the file is whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Which bytes of the file a request says it brings."""

    start: int
    end: int
    """The byte after the last."""
    can_go_on: bool
    """Whether a later request may bring the rest."""


async def receive(request: Request, inbox: Inbox, ticket: Ticket, *, stall_s: float = STALL_S) -> Received:
    """Bring a file in, or a part of it.

    A request without `Content-Range` brings the whole file, and leaves nothing if it is cut; what came of one
    with a range stays for the next.

    Args:
        request: What brings it.
        inbox: Where it goes.
        ticket: What the link is for.
        stall_s: A request that sends nothing for so long is given up.

    Raises:
        InvalidOptionError: The headers are not those of the file that the link is for.
        FileTooLargeError: More comes than the link is for.
        UploadError: The file has come in already, is just coming in, or was cut.
        StorageFullError: The disk has no room for it.
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    part = _part(request.headers, ticket)
    arrival = await run_sync(inbox.begin, ticket, part.start)
    try:
        with storage_errors(inbox.folder):
            await _stream(_chunks(request, stall_s), arrival, part)
        if arrival.size_bytes < ticket.size_bytes:
            return Received(received_bytes=arrival.size_bytes)
        row = await run_sync(inbox.finish, arrival, ticket)
        return Received(received_bytes=row.size_bytes, sha256=row.sha256)
    finally:
        arrival.close(keep=part.can_go_on)


async def _stream(chunks: AsyncIterator[bytes], arrival: Arrival, part: _Part) -> None:
    """Write what comes, a block at a time.

    Raises:
        FileTooLargeError: More comes than was said.
        UploadError: Less comes, or nothing for a while.
    """
    block, size = bytearray(), part.start
    try:
        async for data in chunks:
            size += len(data)
            if size > part.end:
                raise _more(part)
            block += data
            if len(block) >= BLOCK:
                await run_sync(arrival.write, bytes(block))
                block.clear()
    except (ClientDisconnect, TimeoutError) as error:
        if part.can_go_on:
            arrival.write(bytes(block))
        raise _cut(size, part) from error
    if size < part.end:
        raise _cut(size, part)
    if block:
        await run_sync(arrival.write, bytes(block))


async def _chunks(request: Request, stall_s: float) -> AsyncIterator[bytes]:
    """What the request sends, unless it falls silent."""
    chunks = aiter(request.stream())
    while True:
        with anyio.fail_after(stall_s):
            try:
                data = await anext(chunks)
            except StopAsyncIteration:
                return
        yield data


def _part(headers: Mapping[str, Any], ticket: Ticket) -> _Part:
    """What the headers say that the request brings."""
    ranged = headers.get("content-range")
    part = _Part(start=0, end=ticket.size_bytes, can_go_on=False)
    if ranged is not None:
        found = _RANGE.fullmatch(ranged)
        start, last, total = map(int, found.groups()) if found else (0, -1, -1)
        if total != ticket.size_bytes or not start <= last < total:
            raise InvalidOptionError(
                f"The header Content-Range does not fit to a file of {ticket.size_bytes:,} bytes.",
                suggestions=(f"Write it like: bytes 0-{ticket.size_bytes - 1}/{ticket.size_bytes}.",),
            )
        part = _Part(start=start, end=last + 1, can_go_on=True)
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) != part.end - part.start:
        raise _other_size(int(length), part)
    return part


def _other_size(length: int, part: _Part) -> Exception:
    if length > part.end - part.start:
        return _more(part)
    return InvalidOptionError(
        f"The request brings {length:,} bytes, and {part.end - part.start:,} are expected.",
        suggestions=("Ask for a link for the size that the file has now.",),
    )


def _more(part: _Part) -> FileTooLargeError:
    return FileTooLargeError(
        f"More comes than the {part.end - part.start:,} bytes that the link is for.",
        suggestions=("Ask for a link for the size that the file has now.",),
    )


def _cut(size: int, part: _Part) -> UploadError:
    advice = "Ask with HEAD how much is here, and send the rest." if part.can_go_on else "Send it again."
    return UploadError(f"Only {size:,} bytes came, so the file is not whole.", suggestions=(advice,))

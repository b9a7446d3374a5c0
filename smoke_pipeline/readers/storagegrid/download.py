"""Bringing an object here: several ranges at once, all of one ETag, each going on where it was cut off."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from random import uniform
from typing import Any

from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]
from botocore.httpsession import URLLib3SSLError  # type: ignore[import-untyped]

from smoke_pipeline.errors import ObjectChangedError, ObjectNotFoundError
from smoke_pipeline.readers.base import OnProgress, Progress
from smoke_pipeline.readers.storagegrid.client import S3Client
from smoke_pipeline.readers.storagegrid.failures import changed, no_store, store_errors, unavailable
from smoke_pipeline.readers.storagegrid.keys import Located
from smoke_pipeline.readers.storagegrid.landing import local_name, require_room
from smoke_pipeline.readers.storagegrid.objects import StoredObject, look_up
from smoke_pipeline.readers.storagegrid.partial import PartialFile, Pinned
from smoke_pipeline.settings.connections import ObjectStore

_PIECE_BYTES = 256 * 1024
"""What is read at once; a cut loses no more than that."""
_WORTH_BYTES = 16 * 1024
"""An answer that brought as much before it was cut off was not in vain."""
_TELL_EVERY_S = 1.0
_LONGEST_PAUSE_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An object that lies on this machine now."""

    path: Path
    sha256: str
    version: str
    """What its content is pinned to."""


def fetch(
    client: S3Client,
    store: ObjectStore,
    located: Located,
    folder: Path,
    on_progress: OnProgress | None = None,
) -> Fetched:
    """Bring an object into `folder`, going on with what is there of it; begin anew once if it changes.

    Raises:
        ObjectNotFoundError: There is no such object, or no such bucket.
        AccessDeniedError: The store does not let us read it, or we may not write into the folder.
        UnavailableError: The store does not answer, or cuts every answer off.
        ObjectChangedError: The object changed, and changed again.
        StorageFullError: The disk has no room.
        ReadError: What answers is no object store, or gives no parts of objects.
    """
    try:
        return _fetch_once(client, store, located, folder, on_progress)
    except ObjectChangedError:
        return _fetch_once(client, store, located, folder, on_progress)


def _fetch_once(
    client: S3Client, store: ObjectStore, located: Located, folder: Path, on_progress: OnProgress | None
) -> Fetched:
    found = look_up(client, store, located)
    pinned = Pinned(
        address=located.address, etag=found.etag, version_id=found.version_id, size_bytes=found.size_bytes
    )
    path = folder / local_name(located.key)
    with PartialFile.opened(path, pinned) as partial:
        require_room(folder, partial.missing_bytes)
        transfer = _Transfer(client, store, located, found, partial)
        transfer.run(_teller(path.name, found, on_progress))
        return Fetched(path=path, sha256=partial.finish(), version=found.version)


def _teller(name: str, found: StoredObject, on_progress: OnProgress | None) -> Callable[[int], None]:
    def tell(bytes_done: int) -> None:
        if on_progress:
            stage = f"Fetching {name}"
            on_progress(Progress(stage=stage, bytes_done=bytes_done, bytes_total=found.size_bytes))

    return tell


class _Transfer:
    """One object on its way: what the threads that bring it share."""

    def __init__(
        self,
        client: S3Client,
        store: ObjectStore,
        located: Located,
        found: StoredObject,
        partial: PartialFile,
    ) -> None:
        self._client = client
        self._store = store
        self._located = located
        self._found = found
        self._partial = partial
        self._arrived_bytes = partial.done_bytes
        self._is_stopped = threading.Event()
        self._answers: set[Any] = set()
        self._lock = threading.Lock()

    def run(self, tell: Callable[[int], None]) -> None:
        """Bring what is missing; in the end no thread is left, whatever happens."""
        self._client.meta.events.register("before-send.s3", self._refuse_if_stopped)
        with ThreadPoolExecutor(self._store.streams, thread_name_prefix="fetch") as pool:
            try:
                self._run(pool, tell)
            except BaseException:
                self._stop()
                pool.shutdown(cancel_futures=True)
                raise
            finally:
                self._client.meta.events.unregister("before-send.s3", self._refuse_if_stopped)

    def _run(self, pool: ThreadPoolExecutor, tell: Callable[[int], None]) -> None:
        """Keep the threads busy, but not far ahead of the beginning that is complete."""
        ranges = self._ranges()
        tell(self._arrived_bytes)  # before anything moves: the first word is where it begins
        under_way = deque(self._begun(pool, span) for span in islice(ranges, 2 * self._store.streams))
        while under_way:
            end, coming = under_way.popleft()
            while not wait([coming], timeout=_TELL_EVERY_S).done:
                tell(self._arrived_bytes)
            coming.result()
            under_way.extend(self._begun(pool, span) for span in islice(ranges, 1))
            self._partial.complete(end)
            tell(self._arrived_bytes)

    def _ranges(self) -> Iterator[tuple[int, int]]:
        """What is missing, in order: from which byte, up to which."""
        size = self._found.size_bytes
        for start in range(self._partial.done_bytes, size, self._store.range_bytes):
            yield start, min(start + self._store.range_bytes, size)

    def _begun(self, pool: ThreadPoolExecutor, span: tuple[int, int]) -> tuple[int, Future[None]]:
        return span[1], pool.submit(self._bring, *span)

    def _bring(self, at: int, end: int) -> None:
        """Bring one range, and go on where it was cut off."""
        in_vain = 0
        while at < end and not self._is_stopped.is_set():
            reached = self._until_cut(at, end)
            in_vain = 0 if reached - at >= _WORTH_BYTES else in_vain + 1
            at = reached
            if at < end and in_vain == self._store.attempts:
                raise unavailable(self._store, self._located, f"cut {in_vain} answers off, one after another")
            if at < end and in_vain:
                self._is_stopped.wait(uniform(0, min(0.1 * 2**in_vain, _LONGEST_PAUSE_S)))  # noqa: S311

    def _until_cut(self, at: int, end: int) -> int:
        """Write down what comes of the bytes from `at` to `end`; the byte up to which it came."""
        with self._answer(at, end) as body:
            while piece := _more_of(body):
                if at + len(piece) > end:
                    raise changed(self._located, "had more bytes than were asked for")
                self._partial.write(piece, at)
                at += len(piece)
                with self._lock:
                    self._arrived_bytes += len(piece)
        return at

    @contextmanager
    def _answer(self, at: int, end: int) -> Iterator[Any]:
        """The body of the answer to the question for a range."""
        pinned = {"VersionId": self._found.version_id} if self._found.version_id else {}
        try:
            with store_errors(self._store, self._located):
                answer = self._client.get_object(
                    Bucket=self._located.bucket,
                    Key=self._located.key,
                    Range=f"bytes={at}-{end - 1}",
                    IfMatch=self._found.etag,
                    **pinned,
                )
        except ObjectNotFoundError as error:
            raise changed(self._located, "was deleted") from error
        with answer["Body"] as raw:
            self._require_same(answer, at, end)
            with self._lock:
                self._answers.add(raw)
            try:
                self._refuse_if_stopped()  # it may have been stopped before it knew of this answer
                yield answer["Body"]
            finally:
                with self._lock:
                    self._answers.discard(raw)

    def _require_same(self, answer: dict[str, Any], at: int, end: int) -> None:
        """Refuse what is not that range of that content, whatever the store made of the question."""
        if answer.get("ETag") != self._found.etag:
            raise changed(self._located, "changed")
        if answer["ResponseMetadata"]["HTTPStatusCode"] != HTTPStatus.PARTIAL_CONTENT:
            raise no_store(self._store, self._located)
        span = f"bytes {at}-{end - 1}/{self._found.size_bytes}"
        if (answer.get("ContentRange"), answer.get("ContentLength")) != (span, end - at):
            raise changed(self._located, f"did not come as asked for, {span},")

    def _stop(self) -> None:
        """Let no thread wait for what nobody wants any more."""
        self._is_stopped.set()
        with self._lock:
            for raw in self._answers:
                with suppress(Exception):
                    raw.shutdown()

    def _refuse_if_stopped(self, **_event: object) -> None:
        if self._is_stopped.is_set():
            raise _StoppedError


class _StoppedError(Exception):
    """Nobody waits for the answer any more."""


def _more_of(body: Any) -> bytes:
    """The next bytes; none where the answer ended or was cut off."""
    try:
        piece: bytes = body.read(_PIECE_BYTES)
    except (BotoCoreError, URLLib3SSLError):
        return b""
    return piece

"""Objects of our own: written whole or not at all, told with facts of ours, and removed.

An object is there with its last byte. What a killed process had sent of one is no object; it waits in the
bucket until it is abandoned.
"""

import hashlib
from base64 import b64encode
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from smoke_pipeline.errors import ObjectNotFoundError, ReadError, SmokePipelineError
from smoke_pipeline.readers.storagegrid.client import S3Client
from smoke_pipeline.readers.storagegrid.failures import Doing, changed, store_errors
from smoke_pipeline.readers.storagegrid.keys import Located
from smoke_pipeline.readers.storagegrid.objects import StoredObject, stored_object
from smoke_pipeline.settings.connections import ObjectStore

_LEAST_PART_BYTES = 5 * 1024**2
"""Of an object that is sent in parts, as S3 has it; only the last one may be smaller."""
_MOST_PARTS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnObject:
    """An object as it is now, with the facts that it was written with."""

    stored: StoredObject
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedUpload:
    """What was sent of an object that was never finished."""

    key: str
    upload_id: str
    begun_at: datetime


def put_file(
    client: S3Client, store: ObjectStore, located: Located, path: Path, facts: Mapping[str, str]
) -> None:
    """Write an object of what a file holds; the one that was there stays until the new one is whole.

    Where only the last answer of the store was lost, the facts tell that the object is there.

    Raises:
        AccessDeniedError: The store does not let us write.
        UnavailableError: The store does not answer, or took something else than was sent.
        ObjectNotFoundError: There is no such bucket.
    """
    try:
        _put(client, store, located, path, facts)
    except ReadError:
        if not _is_there(client, store, located, path, facts):
            raise


def _put(
    client: S3Client, store: ObjectStore, located: Located, path: Path, facts: Mapping[str, str]
) -> None:
    size, most = path.stat().st_size, max(_LEAST_PART_BYTES, store.range_bytes)
    with store_errors(store, located, Doing.WRITE):
        if size <= most:
            content = path.read_bytes()
            client.put_object(**_named(located), Body=content, ContentMD5=_md5(content), Metadata=dict(facts))
        else:
            upload = client.create_multipart_upload(**_named(located), Metadata=dict(facts))
            with _abandoned_on_error(client, store, located, upload["UploadId"]):
                parts = _sent(client, store, located, path, upload["UploadId"])
                client.complete_multipart_upload(
                    **_named(located), UploadId=upload["UploadId"], MultipartUpload={"Parts": parts}
                )


def _is_there(
    client: S3Client, store: ObjectStore, located: Located, path: Path, facts: Mapping[str, str]
) -> bool:
    with suppress(SmokePipelineError):
        found = own_object(client, store, located)
        return bool(facts) and (found.facts, found.stored.size_bytes) == (facts, path.stat().st_size)
    return False


def put_mark(client: S3Client, store: ObjectStore, located: Located) -> None:
    """Write an empty object.

    Raises:
        AccessDeniedError: The store does not let us write.
        UnavailableError: The store does not answer.
    """
    with store_errors(store, located, Doing.WRITE):
        client.put_object(**_named(located), Body=b"")


def own_object(client: S3Client, store: ObjectStore, located: Located) -> OwnObject:
    """An object, without its content.

    Raises:
        ObjectNotFoundError: There is no such object, or no such bucket.
        AccessDeniedError: The store does not let us read it.
        UnavailableError: The store does not answer.
    """
    with store_errors(store, located):
        found = client.head_object(**_named(located))
    return OwnObject(stored=stored_object(located, found), facts=found.get("Metadata", {}))


def tail_of(
    client: S3Client, store: ObjectStore, located: Located, found: StoredObject, size_bytes: int
) -> bytes:
    """The last bytes of an object.

    Raises:
        ObjectNotFoundError: It was deleted.
        ObjectChangedError: It is another one by now.
        UnavailableError: The store does not answer.
    """
    start = max(0, found.size_bytes - size_bytes)
    if found.size_bytes == 0:
        return b""
    with store_errors(store, located):
        span = f"bytes={start}-{found.size_bytes - 1}"
        answer = client.get_object(**_named(located), Range=span, IfMatch=found.etag)
        content: bytes = answer["Body"].read()
    if answer["ETag"] != found.etag or len(content) != found.size_bytes - start:
        raise changed(located, "changed")
    return content


def remove_object(client: S3Client, store: ObjectStore, located: Located) -> None:
    """Remove an object, if there is one.

    Raises:
        AccessDeniedError: The store does not let us remove it.
        UnavailableError: The store does not answer.
    """
    with suppress(ObjectNotFoundError), store_errors(store, located, Doing.REMOVE):
        client.delete_object(**_named(located))


def unfinished_uploads(client: S3Client, store: ObjectStore, located: Located) -> Iterator[UnfinishedUpload]:
    """What was sent of objects whose keys begin with that of `located`, and never finished.

    Raises:
        AccessDeniedError: The store does not let us list it.
        UnavailableError: The store does not answer.
    """
    pages = client.get_paginator("list_multipart_uploads").paginate(Bucket=located.bucket, Prefix=located.key)
    with store_errors(store, located, Doing.LIST):
        for page in pages:
            for found in page.get("Uploads", ()):
                if found["Key"].startswith(located.key):
                    yield UnfinishedUpload(
                        key=found["Key"], upload_id=found["UploadId"], begun_at=found["Initiated"]
                    )


def abandon(client: S3Client, store: ObjectStore, bucket: str, upload: UnfinishedUpload) -> None:
    """Throw away what was sent of an object.

    Raises:
        AccessDeniedError: The store does not let us do so.
        UnavailableError: The store does not answer.
    """
    located = Located(bucket, upload.key)
    with suppress(ObjectNotFoundError), store_errors(store, located, Doing.REMOVE):
        client.abort_multipart_upload(**_named(located), UploadId=upload.upload_id)


def _sent(
    client: S3Client, store: ObjectStore, located: Located, path: Path, upload_id: str
) -> list[dict[str, Any]]:
    """What the store answered to each part; no more of them are in memory than are sent at once."""

    def send(number: int, start: int) -> dict[str, Any]:
        with path.open("rb") as file:
            file.seek(start)
            content = file.read(part_bytes)
        answer = client.upload_part(
            **_named(located), UploadId=upload_id, PartNumber=number, Body=content, ContentMD5=_md5(content)
        )
        return {"PartNumber": number, "ETag": answer["ETag"]}

    size = path.stat().st_size
    part_bytes = max(_LEAST_PART_BYTES, store.range_bytes, -(-size // _MOST_PARTS))
    waiting = iter(enumerate(range(0, size, part_bytes), start=1))
    done: list[dict[str, Any]] = []
    with ThreadPoolExecutor(store.streams, thread_name_prefix="send") as pool:
        under_way: deque[Future[dict[str, Any]]] = deque()
        under_way.extend(pool.submit(send, *part) for part in islice(waiting, store.streams))
        try:
            while under_way:
                done.append(under_way.popleft().result())
                under_way.extend(pool.submit(send, *part) for part in islice(waiting, 1))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return done


@contextmanager
def _abandoned_on_error(
    client: S3Client, store: ObjectStore, located: Located, upload_id: str
) -> Iterator[None]:
    """Leave nothing of an upload in the bucket that does not end well."""
    try:
        yield
    except BaseException:
        with suppress(SmokePipelineError), store_errors(store, located, Doing.REMOVE):
            client.abort_multipart_upload(**_named(located), UploadId=upload_id)
        raise


def _named(located: Located) -> dict[str, str]:
    return {"Bucket": located.bucket, "Key": located.key}


def _md5(content: bytes) -> str:
    """With it the store refuses what came otherwise than it was sent."""
    return b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode("ascii")

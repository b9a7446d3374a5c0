"""What lies in a bucket: one object, or those whose keys fit."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from fnmatch import fnmatchcase
from itertools import chain, islice
from typing import Any

from smoke_pipeline.errors import ObjectNotFoundError, ReadError
from smoke_pipeline.readers.storagegrid.client import S3Client, connected
from smoke_pipeline.readers.storagegrid.failures import no_store, no_such_object, store_errors
from smoke_pipeline.readers.storagegrid.keys import Located
from smoke_pipeline.settings.connections import ObjectStore, StorageGrid

_MOST_LISTINGS = 8
"""Of ever shorter beginnings of a key, to find those near it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """An object as it is now."""

    key: str
    size_bytes: int
    etag: str
    """As the store writes it, quotes included."""
    modified_at: datetime
    version_id: str | None = None
    """Where the bucket keeps versions; a listing does not tell it."""

    @property
    def version(self) -> str:
        """What its content is pinned to."""
        etag = self.etag.strip('"')
        return f"{etag}, version {self.version_id}" if self.version_id else etag


def look_up(client: S3Client, store: ObjectStore, located: Located) -> StoredObject:
    """One object, without its content.

    Raises:
        ObjectNotFoundError: There is no such object, or no such bucket; the nearest keys are suggested.
        AccessDeniedError: The store does not let us read it.
        UnavailableError: The store does not answer.
        ReadError: What answers is no object store.
    """
    try:
        with store_errors(store, located):
            found = client.head_object(Bucket=located.bucket, Key=located.key)
    except ObjectNotFoundError as error:
        raise no_such_object(located, _neighbours(client, store, located)) from error
    except ReadError as error:
        if not error.retryable:
            _ask_why(client, store, located)
        raise
    if not {"ContentLength", "ETag", "LastModified"} <= found.keys():
        raise no_store(store, located)
    return stored_object(located, found)


def version_of(store: ObjectStore, located: Located) -> str | None:
    """What the content of an object is pinned to now; None where there is none. One question, and no other.

    Raises:
        AccessDeniedError: The store does not let us read it.
        UnavailableError: The store does not answer.
        ReadError: What answers is no object store.
    """
    with connected(store) as client:
        try:
            with store_errors(store, located):
                found = client.head_object(Bucket=located.bucket, Key=located.key)
        except ObjectNotFoundError:
            return None
    if not {"ContentLength", "ETag", "LastModified"} <= found.keys():
        raise no_store(store, located)
    return stored_object(located, found).version


def objects(
    store: StorageGrid, bucket: str, *, prefix: str = "", pattern: str = "*"
) -> Iterator[StoredObject]:
    """The objects of a bucket in the order of their keys, a page of the store's at a time.

    Args:
        store: How the store is reached.
        bucket: What the settings call it, or its name in the store.
        prefix: What the keys begin with.
        pattern: What the whole keys look like, as a shell has it; `*` and `?` stand for slashes, too.

    Raises:
        ObjectNotFoundError: There is no such bucket.
        AccessDeniedError: The store does not let us list it.
        UnavailableError: The store does not answer.
    """
    located = Located(store.buckets.get(bucket, bucket), prefix)
    with connected(store) as client:
        for found in objects_below(client, store, located):
            if fnmatchcase(found.key, pattern):
                yield found


def newest_objects(
    store: StorageGrid, bucket: str, *, prefix: str = "", pattern: str = "*", most: int = 100
) -> list[StoredObject]:
    """Those that were written last, the newest first.

    Args:
        store: How the store is reached.
        bucket: What the settings call it, or its name in the store.
        prefix: What the keys begin with.
        pattern: What the whole keys look like, as a shell has it.
        most: How many are wanted.

    Raises:
        ObjectNotFoundError: There is no such bucket.
        AccessDeniedError: The store does not let us list it.
        UnavailableError: The store does not answer.
    """
    found = objects(store, bucket, prefix=prefix, pattern=pattern)
    return heapq.nlargest(most, found, key=lambda one: one.modified_at)


def stored_object(located: Located, found: dict[str, Any]) -> StoredObject:
    """An object, as the store's answer about it alone tells."""
    version_id = found.get("VersionId")
    return StoredObject(
        key=located.key,
        size_bytes=found["ContentLength"],
        etag=found["ETag"],
        modified_at=found["LastModified"],
        version_id=version_id if version_id != "null" else None,
    )


def objects_below(client: S3Client, store: ObjectStore, located: Located) -> Iterator[StoredObject]:
    """Every object whose key begins with that of `located`, a page of the store's at a time.

    Raises:
        ObjectNotFoundError: There is no such bucket.
        AccessDeniedError: The store does not let us list it.
        UnavailableError: The store does not answer.
    """
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=located.bucket, Prefix=located.key)
    with store_errors(store, located):
        for page in pages:
            yield from map(_listed, page.get("Contents", ()))


def _listed(found: dict[str, Any]) -> StoredObject:
    return StoredObject(
        key=found["Key"], size_bytes=found["Size"], etag=found["ETag"], modified_at=found["LastModified"]
    )


def _neighbours(client: S3Client, store: ObjectStore, located: Located) -> tuple[str, ...]:
    """What the bucket holds of a key like that one.

    Raises:
        ObjectNotFoundError: There is no such bucket, which asking for an object does not tell.
    """
    for prefix in _beginnings(located.key):
        try:
            keys = _some_keys(client, store, replace(located, key=prefix))
        except ObjectNotFoundError:
            raise
        except ReadError:  # those who may read need not be allowed to list
            return ()
        if near := get_close_matches(located.key, keys, n=3, cutoff=0.5):
            return tuple(f"Did you mean {key!r}?" for key in near)
        if keys:
            break
    return ()


def _beginnings(key: str) -> Iterator[str]:
    """Ever shorter beginnings of a key, each up to a sign that separates its parts, and the empty one."""
    cuts = [place + 1 for place, sign in enumerate(key[:-1]) if not sign.isalnum()]
    return chain(islice((key[:cut] for cut in reversed(cuts)), _MOST_LISTINGS), [""])


def _some_keys(client: S3Client, store: ObjectStore, located: Located) -> list[str]:
    with store_errors(store, located):
        page = client.list_objects_v2(Bucket=located.bucket, Prefix=located.key, MaxKeys=1000)
    return [found["Key"] for found in page.get("Contents", ())]


def _ask_why(client: S3Client, store: ObjectStore, located: Located) -> None:
    """Ask for one byte, since the answer to a question about the object alone never says what is wrong."""
    with store_errors(store, located):
        client.get_object(Bucket=located.bucket, Key=located.key, Range="bytes=0-0")["Body"].close()

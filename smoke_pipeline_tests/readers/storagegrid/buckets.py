"""Buckets to put objects into, and the settings that lead to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from pydantic import SecretStr

from smoke_pipeline.readers.storagegrid.client import S3Client, connected
from smoke_pipeline.readers.storagegrid.keys import Located
from smoke_pipeline.settings.connections import StorageGrid

ACCESS_KEY, SECRET = "AKIAEXAMPLEOFTESTS", "very-secret-indeed"
RANGE = 64 * 1024


def store_at(address: tuple[str, int], **settings: Any) -> StorageGrid:
    """The settings of a store that listens there, with the smallest ranges and no long waits."""
    return StorageGrid(
        **{
            "endpoint_url": f"http://{address[0]}:{address[1]}",
            "access_key_id": SecretStr(ACCESS_KEY),
            "secret_access_key": SecretStr(SECRET),
            "range_bytes": RANGE,
            "attempts": 3,
            "connect_timeout_s": 5,
            "read_timeout_s": 5,
            **settings,
        },
    )


@dataclass(frozen=True)
class Bucket:
    """A bucket of a test's own."""

    store: StorageGrid
    name: str
    client: S3Client

    @classmethod
    @contextmanager
    def made(cls, store: StorageGrid, name: str) -> Iterator[Self]:
        """A new bucket."""
        with connected(store) as client:
            client.create_bucket(Bucket=name)
            yield cls(store, name, client)

    def put(self, key: str, content: bytes) -> Located:
        """Write an object."""
        self.client.put_object(Bucket=self.name, Key=key, Body=content)
        return Located(self.name, key)

    def put_at(self, key: str, moment: datetime) -> None:
        """Write an empty object, as if at that moment; without a request, for there may be many."""
        backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        backend.put_object(self.name, key, b"").last_modified = moment

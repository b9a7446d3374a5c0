"""A store that speaks S3, and a bucket of each test's own."""

import itertools
import logging
from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from smoke_pipeline_tests.readers.storagegrid.buckets import Bucket, store_at

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[tuple[str, int]]:
    """Where the store listens."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server.get_host_and_port()
    server.stop()


@pytest.fixture
def bucket(s3_server: tuple[str, int]) -> Iterator[Bucket]:
    """An empty bucket."""
    with Bucket.made(store_at(s3_server), f"bucket-{next(_numbers)}") as made:
        yield made

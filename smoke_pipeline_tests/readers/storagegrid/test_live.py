"""What only a real store can tell; it needs a bucket that may be written to, below a prefix of its own.

SMOKE_LIVE_S3_ENDPOINT_URL, SMOKE_LIVE_S3_ACCESS_KEY_ID, SMOKE_LIVE_S3_SECRET_ACCESS_KEY and
SMOKE_LIVE_S3_BUCKET say where; SMOKE_LIVE_S3_CA_BUNDLE and SMOKE_LIVE_S3_REGION may say more.
"""

import os
import random
import uuid

import pytest
from pydantic import SecretStr

from smoke_pipeline.errors import AccessDeniedError, ObjectChangedError, ObjectNotFoundError
from smoke_pipeline.readers.storagegrid.client import connected
from smoke_pipeline.readers.storagegrid.download import fetch
from smoke_pipeline.readers.storagegrid.failures import store_errors
from smoke_pipeline.readers.storagegrid.keys import Located
from smoke_pipeline.readers.storagegrid.objects import look_up, objects
from smoke_pipeline.settings.connections import StorageGrid
from smoke_pipeline_tests.readers.storagegrid.buckets import RANGE, Bucket

pytestmark = pytest.mark.live

PREFIX, NAMES = "SMOKE_LIVE_S3_", ("endpoint_url", "access_key_id", "secret_access_key", "bucket")
CONTENT = random.Random(1).randbytes(20 * RANGE + 1)


@pytest.fixture
def live():
    """The bucket that the environment names, and a prefix of the test's own, emptied in the end."""
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in os.environ.items()
        if name.startswith(PREFIX)
    }
    name, prefix = given.pop("bucket"), f"smoke-live/{uuid.uuid4().hex}/"
    store = StorageGrid.model_validate({"range_bytes": RANGE, **given})
    with connected(store) as client:
        yield Bucket(store, name, client), prefix
        for one in objects(store, name, prefix=prefix):
            client.delete_object(Bucket=name, Key=one.key)


@pytest.mark.parametrize("size", [0, 1, len(CONTENT)])
def test_an_object_of_a_real_store_arrives_whole(live, tmp_path, size):
    bucket, prefix = live
    located = bucket.put(f"{prefix}a b+ü.csv", CONTENT[:size])

    found = fetch(bucket.client, bucket.store, located, tmp_path)

    assert found.path.read_bytes() == CONTENT[:size]


def test_a_real_store_does_not_give_another_content_for_the_same(live):
    bucket, prefix = live
    located = bucket.put(f"{prefix}t.csv", b"first")
    etag = look_up(bucket.client, bucket.store, located).etag
    bucket.put(located.key, b"second")

    with pytest.raises(ObjectChangedError), store_errors(bucket.store, located):
        bucket.client.get_object(Bucket=located.bucket, Key=located.key, IfMatch=etag, Range="bytes=0-1")


def test_a_real_store_tells_what_is_not_there(live):
    bucket, prefix = live
    bucket.put(f"{prefix}statement.1.csv", b"")

    with pytest.raises(ObjectNotFoundError) as found:
        look_up(bucket.client, bucket.store, Located(bucket.name, f"{prefix}statement.2.csv"))

    assert found.value.suggestions == (f"Did you mean '{prefix}statement.1.csv'?",)


def test_a_real_store_refuses_a_wrong_secret(live):
    bucket, prefix = live
    wrong = bucket.store.model_copy(update={"secret_access_key": SecretStr("wrong")})

    with connected(wrong) as client, pytest.raises(AccessDeniedError, match="the secret is not that"):
        look_up(client, wrong, Located(bucket.name, f"{prefix}t.csv"))

"""What lies in a bucket."""

import hashlib
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smoke_pipeline.errors import ObjectNotFoundError
from smoke_pipeline.readers.storagegrid.keys import Located
from smoke_pipeline.readers.storagegrid.objects import look_up, newest_objects, objects

KEYS = ("a/1.csv", "a/2.csv", "a/b/3.csv", "a/4.zip", "c.csv")


@pytest.fixture
def filled(bucket):
    for key in KEYS:
        bucket.put(key, key.encode())
    return bucket


@pytest.mark.parametrize(
    ("prefix", "pattern", "found"),
    [
        ("", "*", KEYS),
        ("a/", "*", KEYS[:4]),
        ("", "*.csv", ("a/1.csv", "a/2.csv", "a/b/3.csv", "c.csv")),
        ("a/", "a/?.csv", ("a/1.csv", "a/2.csv")),
        ("a/", "a/[1-3].*", ("a/1.csv", "a/2.csv")),
        ("", "A/*", ()),
        ("z", "*", ()),
    ],
)
def test_objects_are_listed_by_how_their_keys_begin_and_look(filled, prefix, pattern, found):
    listed = list(objects(filled.store, filled.name, prefix=prefix, pattern=pattern))

    assert sorted(one.key for one in listed) == sorted(found)


def test_an_object_is_listed_as_it_is_looked_up(filled):
    listed = next(objects(filled.store, filled.name, prefix="c"))
    looked_up = look_up(filled.client, filled.store, Located(filled.name, "c.csv"))

    assert (listed.size_bytes, listed.version) == (5, hashlib.md5(b"c.csv").hexdigest())
    assert (listed.key, listed.etag, listed.size_bytes) == (
        looked_up.key,
        looked_up.etag,
        looked_up.size_bytes,
    )
    assert listed.modified_at.replace(microsecond=0) == looked_up.modified_at


def test_a_bucket_may_be_named_as_in_the_settings(filled):
    store = filled.store.model_copy(update={"buckets": {"statements": filled.name}})

    assert len(list(objects(store, "statements"))) == len(KEYS)


def test_a_bucket_that_is_not_there_is_an_error(bucket):
    with pytest.raises(ObjectNotFoundError, match="has no bucket 'nowhere'"):
        list(objects(bucket.store, "nowhere"))


def test_those_written_last_come_first(bucket):
    for day, key in enumerate("cab", start=1):
        bucket.put_at(key, datetime(2026, 1, day))

    assert [one.key for one in newest_objects(bucket.store, bucket.name, most=2)] == ["b", "a"]
    assert [one.key for one in newest_objects(bucket.store, bucket.name, pattern="[ac]")] == ["a", "c"]


def test_more_objects_than_fit_on_a_page_are_all_listed(bucket):
    keys = [f"{number:04}" for number in range(1003)]
    for key in keys:
        bucket.put_at(key, datetime(2026, 1, 1))

    assert [one.key for one in objects(bucket.store, bucket.name)] == keys


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=40))
def test_a_key_of_any_letters_is_found(bucket, key):
    located = bucket.put(key, key.encode())

    assert look_up(bucket.client, bucket.store, located).size_bytes == len(key.encode())
    assert key in {one.key for one in objects(bucket.store, bucket.name, prefix=key)}


def test_the_version_of_an_object_is_told_where_there_are_versions(bucket):
    bucket.client.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    located = bucket.put("t.csv", b"a")

    found = look_up(bucket.client, bucket.store, located)

    assert found.version_id
    assert found.version == f"{hashlib.md5(b'a').hexdigest()}, version {found.version_id}"

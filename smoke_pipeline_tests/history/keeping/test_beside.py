"""The cache and the rows of files."""

from datetime import timedelta

import pytest

from smoke_pipeline.history.database import Database
from smoke_pipeline.history.keeping.cache import MetadataCache
from smoke_pipeline.history.keeping.files import Files
from smoke_pipeline.history.keeping.records import KeptFile
from smoke_pipeline.history.records import FileKind
from smoke_pipeline_tests.history.samples import NOON

pytestmark = pytest.mark.services


@pytest.fixture
def database(postgres_url):
    with Database(postgres_url) as opened:
        opened.migrate()
        yield opened


@pytest.fixture
def cache(database, clock):
    return MetadataCache(database, clock)


def test_what_is_kept_comes_back_until_its_time_is_over(cache, clock):
    cache.put("columns", "mysql.warehouse:orders", {"z": [1, None], "a": "ü"})
    kept = cache.get("columns", "mysql.warehouse:orders")
    clock.advance(days=6, hours=23)
    still = cache.get("columns", "mysql.warehouse:orders")
    clock.advance(hours=1)

    assert kept == still == {"z": [1, None], "a": "ü"}
    assert list(kept) == ["z", "a"]
    assert cache.get("columns", "mysql.warehouse:orders") is None
    assert cache.get("keys", "mysql.warehouse:orders") is None


def test_a_newer_value_replaces_an_older_one_and_its_time(cache, clock):
    cache.put("k", "a", 1, span=timedelta(hours=1))
    cache.put("k", "a", 2, span=timedelta(hours=3))
    clock.advance(hours=2)

    assert cache.get("k", "a") == 2
    cache.forget("k", "a")
    assert cache.get("k", "a") is None


def test_what_has_a_field_that_is_true_is_left_out_where_that_is_asked_for(cache, clock):
    values = {"no": {"done": False}, "yes": {"done": True}, "unsaid": {}, "null": {"done": None}, "one": 1}
    for key, value in values.items():
        cache.put("k", key, value)
    cache.put("other", "no", {"done": False})
    cache.put("k", "over", {"done": False}, span=timedelta(0))

    assert cache.kept("k") == values
    assert cache.kept("k", without="done") == {key: values[key] for key in values if key != "yes"}


def test_only_what_is_over_is_swept_away(cache, clock):
    cache.put("k", "a", 1, span=timedelta(hours=1))
    cache.put("k", "b", 2, span=timedelta(hours=3))
    clock.advance(hours=2)

    assert cache.expired() == 1
    assert (cache.expire(), cache.expire()) == (1, 0)
    assert cache.get("k", "b") == 2


def upload(path, **changes):
    return KeptFile(
        **{
            "file_id": 0,
            "session_id": None,
            "kind": FileKind.UPLOAD,
            "path": path,
            "size_bytes": 5,
            "sha256": None,
            "client_id": "local",
            "created_at": NOON,
            "expires_at": None,
            **changes,
        }
    )


def test_a_file_is_written_down_once_for_its_path(database, clock):
    files = Files(database, clock)
    files.keep(upload("uploads/incoming/a.csv"))
    files.keep(upload("uploads/incoming/b.csv"))
    again = files.keep(upload("uploads/incoming/a.csv", size_bytes=7, expires_at=NOON))

    assert [(file.path, file.size_bytes) for file in files.every()] == [
        ("uploads/incoming/a.csv", 7),
        ("uploads/incoming/b.csv", 5),
    ]
    assert again in files.every()
    files.forget(["uploads/incoming/a.csv", "nowhere"])
    assert [file.path for file in files.every()] == ["uploads/incoming/b.csv"]

"""Storages of snapshots to hold tests over, and what lies in them as bytes."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from smoke_pipeline.readers.files import open_file
from smoke_pipeline.snapshots.base import InPlaceSnapshot
from smoke_pipeline.snapshots.bucket import BucketStorage
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline.snapshots.storage import FolderStorage, SnapshotStorage
from smoke_pipeline.snapshots.store import open_snapshot, take_snapshot
from smoke_pipeline_tests.readers.storagegrid.buckets import Bucket

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SESSION = "tests/a_session"


@dataclass
class Kept(ABC):
    """A storage, and its files as whoever owns the place sees them."""

    storage: SnapshotStorage
    files: Path
    """A folder for what is read."""

    def csv(self, text, side=Side.SOURCE):
        path = self.files / f"{side}.csv"
        path.write_text(text)
        return InPlaceSnapshot(open_file(path), side, origin=path.name)

    def take(self, text, side=Side.SOURCE, session=SESSION, on_progress=None):
        return self.freeze(self.csv(text, side), side, session, on_progress)

    def freeze(self, found, side=Side.SOURCE, session=SESSION, on_progress=None):
        with self.storage.taking(session, side) as folder:
            return take_snapshot(
                found, side, folder, chunk_rows=1000, now=lambda: NOW, on_progress=on_progress
            )

    def rows(self, side=Side.SOURCE, session=SESSION):
        with self.storage.opened(session, [side]) as folder:
            return [row for batch in open_snapshot(folder, side).batches(10) for row in batch.to_pylist()]

    @abstractmethod
    def content(self, name): ...

    @abstractmethod
    def put(self, name, content): ...

    @abstractmethod
    def remove(self, name): ...

    @abstractmethod
    def names(self): ...


@dataclass
class InFolder(Kept):
    """Files of a folder."""

    data: Path

    @classmethod
    def made(cls, tmp_path):
        data = tmp_path / "data"
        data.mkdir()
        return cls(FolderStorage(data), tmp_path, data)

    def content(self, name):
        return (self.data / SESSION / name).read_bytes()

    def put(self, name, content):
        (self.data / SESSION / name).write_bytes(content)

    def remove(self, name):
        (self.data / SESSION / name).unlink()

    def names(self):
        found = (path for path in self.data.rglob("*") if path.is_file())
        return sorted(path.relative_to(self.data).as_posix() for path in found)


@dataclass
class InBucket(Kept):
    """Objects of a bucket."""

    bucket: Bucket
    scratch: Path

    @classmethod
    def made(cls, bucket, tmp_path, *, prefix="team/smoke/", store=None):
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        storage = BucketStorage(
            store=store or bucket.store, bucket=bucket.name, prefix=prefix, scratch=scratch
        )
        return cls(storage, tmp_path, bucket, scratch)

    def key(self, name):
        return f"{self.storage.prefix}{SESSION}/{name}"

    def facts(self, name):
        return self.bucket.client.head_object(Bucket=self.bucket.name, Key=self.key(name))["Metadata"]

    def content(self, name):
        return self.bucket.client.get_object(Bucket=self.bucket.name, Key=self.key(name))["Body"].read()

    def put(self, name, content):
        """Other bytes with the same facts, as a disk that errs would give them."""
        self.bucket.client.put_object(
            Bucket=self.bucket.name, Key=self.key(name), Body=content, Metadata=self.facts(name)
        )

    def remove(self, name):
        self.bucket.client.delete_object(Bucket=self.bucket.name, Key=self.key(name))

    def names(self):
        found = self.bucket.client.list_objects_v2(Bucket=self.bucket.name).get("Contents", ())
        return sorted(one["Key"].removeprefix(self.storage.prefix) for one in found)

    def begin(self, name, session=SESSION):
        """Begin to send an object, as a process does that is killed then."""
        return self.bucket.client.create_multipart_upload(
            Bucket=self.bucket.name, Key=f"{self.storage.prefix}{session}/{name}"
        )["UploadId"]

    def unfinished(self):
        found = self.bucket.client.list_multipart_uploads(Bucket=self.bucket.name).get("Uploads", ())
        return [one["Key"].removeprefix(self.storage.prefix) for one in found]

"""`python -m benchmarks.objects`: what it costs that a side is an object and not a file of this machine.

One CSV is snapshotted from disk, and from a store on this machine that speaks as much of S3 as is needed: the
difference is what bringing it here takes, without a network. It is also fetched alone, for the memory that
takes.
"""

import argparse
import hashlib
import os
import re
import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks.measure import Limits, Run, run

HERE = Path(__file__).resolve().parent
FILE = HERE.parent / "build" / "benchmarks" / "objects" / "statements.csv"
KINDS = ("file", "object", "fetched")
MOST_ROWS = 250_000
"""Made at once."""


def main() -> None:
    """Measure, and print the figures."""
    asked = _arguments()
    if asked.work:
        _work(*asked.work)
        return
    if not asked.file.exists():
        _make(asked.file, asked.mb * 1_000_000)
    with _served(asked.file) as address:
        places = {"file": str(asked.file), "object": address, "fetched": address}
        runs: dict[str, list[Run]] = {kind: [] for kind in KINDS}
        for _ in range(asked.runs):
            for kind in KINDS:
                runs[kind].append(_measured(kind, places[kind]))
    _report(asked.file, runs)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.objects", description=__doc__)
    parser.add_argument("--file", type=Path, default=FILE, help="a CSV; one is made if it is not there")
    parser.add_argument("--mb", type=int, default=1000, help="size of the CSV that is made; default 1000")
    parser.add_argument("--runs", type=int, default=3, help="runs of each; default 3")
    parser.add_argument("--work", nargs=2, metavar=("KIND", "PLACE"), help=argparse.SUPPRESS)
    return parser.parse_args()


def _report(file: Path, runs: dict[str, list[Run]]) -> None:
    seconds = {kind: statistics.median(one.wall_s for one in runs[kind]) for kind in KINDS}
    print(f"{file.stat().st_size / 1e6:,.0f} MB, median of {len(runs['file'])}")
    for kind in KINDS:
        cpu_s = statistics.median(one.cpu_s for one in runs[kind])
        peak_mb = max(one.peak_mb for one in runs[kind])
        print(f"{kind:8} {seconds[kind]:7.2f} s  {cpu_s:7.2f} CPU-s  {peak_mb:7,.0f} MB")
    print(f"object to snapshot / file to snapshot: {seconds['object'] / seconds['file']:.2f}")


def _measured(kind: str, place: str) -> Run:
    took = run([sys.executable, "-m", "benchmarks.objects", "--work", kind, place], Limits())
    if took.status:
        sys.exit(f"{kind} failed: {took.output}")
    return took


def _work(kind: str, place: str) -> None:
    """What one run does; nothing of the product is imported before."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FILE.parent) as folder:
        if kind == "file":
            from smoke_pipeline.readers.files import open_file

            _snapshot(open_file(Path(place)), Path(folder))
        elif kind == "object":
            _snapshot_object(place, Path(folder))
        else:
            _fetch(place, Path(folder))


def _snapshot(reader, folder: Path) -> None:
    from smoke_pipeline.snapshots.base import InPlaceSnapshot
    from smoke_pipeline.snapshots.manifest import Side
    from smoke_pipeline.snapshots.store import take_snapshot

    found = InPlaceSnapshot(reader, Side.SOURCE, origin="measured", digest=True)
    take_snapshot(found, Side.SOURCE, folder, chunk_rows=65536, now=lambda: datetime.now(UTC))


def _snapshot_object(address: str, folder: Path) -> None:
    from smoke_pipeline.readers.base import ReadOptions
    from smoke_pipeline.readers.storagegrid.keys import Located
    from smoke_pipeline.readers.storagegrid.reader import opened_object
    from smoke_pipeline.settings.model import UploadSettings

    with opened_object(
        _store(address),
        Located("bucket", "t.csv"),
        options=ReadOptions(),
        limits=UploadSettings(),
        folder=folder / "fetched",
        on_progress=None,
    ) as reader:
        _snapshot(reader, folder)


def _fetch(address: str, folder: Path) -> None:
    from smoke_pipeline.readers.storagegrid.client import connected
    from smoke_pipeline.readers.storagegrid.download import fetch
    from smoke_pipeline.readers.storagegrid.keys import Located

    with connected(_store(address)) as client:
        fetch(client, _store(address), Located("bucket", "t.csv"), folder)


def _store(address: str):
    from smoke_pipeline.settings.connections import StorageGrid

    return StorageGrid(endpoint_url=address, access_key_id="key", secret_access_key="secret")


def _make(file: Path, size_bytes: int) -> None:
    import numpy as np
    import polars as pl

    from benchmarks.statements import statements

    print(f"Making {file} ...", file=sys.stderr)
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished, rows, random = file.with_suffix(".unfinished"), 0, np.random.default_rng(1)
    with unfinished.open("wb") as target:
        while target.tell() < size_bytes:
            made = pl.from_arrow(statements(random, first=rows, rows=MOST_ROWS))
            made.write_csv(target, include_header=not rows)
            rows += MOST_ROWS
    unfinished.replace(file)


class _Store(BaseHTTPRequestHandler):
    """One file as an object of whatever bucket and key."""

    file: Path
    etag: str
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._head(200, self.file.stat().st_size)

    def do_GET(self) -> None:
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"])
        first, last = int(found[1]), int(found[2])
        span = f"bytes {first}-{last}/{self.file.stat().st_size}"
        self._head(206, last - first + 1, {"Content-Range": span})
        with self.file.open("rb") as content:
            while first <= last:
                first += os.sendfile(self.connection.fileno(), content.fileno(), first, last - first + 1)

    def _head(self, status: int, size_bytes: int, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {
            "ETag": f'"{self.etag}"',
            "Content-Length": str(size_bytes),
            **(more or {}),
        }.items():
            self.send_header(name, value)
        self.send_header("Last-Modified", self.date_time_string(self.file.stat().st_mtime))
        self.end_headers()


@contextmanager
def _served(file: Path) -> Iterator[str]:
    etag = hashlib.md5(str(file.stat()).encode(), usedforsecurity=False).hexdigest()
    handler = type("_FileStore", (_Store,), {"file": file, "etag": etag})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


if __name__ == "__main__":
    main()

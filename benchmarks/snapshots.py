"""`python -m benchmarks.snapshots`: what it costs that snapshots are kept in a bucket and not in a folder.

Two tables are taken and compared, each step a process of its own. The bucket is one of moto's server on this
machine, which is slow and shares its processors: no network, but no quick store either.
"""

import argparse
import logging
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measure import Limits, Run, run

FOLDER = Path(__file__).resolve().parent.parent / "build" / "benchmarks" / "snapshots"
KINDS, STEPS = ("folder", "bucket"), ("take", "compare")
SESSION = "tests/measured"


def main() -> None:
    """Measure, and print the figures."""
    asked = _arguments()
    if asked.work:
        _work(*asked.work)
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    files = [FOLDER / f"{side}_{asked.rows}.csv" for side in ("source", "target")]
    if not all(file.exists() for file in files):
        _make(files, asked.rows)
    runs: dict[tuple[str, str], list[Run]] = {(kind, step): [] for kind in KINDS for step in STEPS}
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder, _served() as address:
        for _ in range(asked.runs):
            for (kind, step), took in runs.items():
                place = folder if kind == "folder" else address
                took.append(_measured(kind, step, place, *map(str, files)))
    _report(files, runs)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.snapshots", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of 10 columns; default 1000000")
    parser.add_argument("--runs", type=int, default=3, help="runs of each; default 3")
    parser.add_argument("--work", nargs=5, help=argparse.SUPPRESS)
    return parser.parse_args()


def _report(files: list[Path], runs: dict[tuple[str, str], list[Run]]) -> None:
    print(f"two CSVs of {files[0].stat().st_size / 1e6:,.0f} MB, median of {len(runs[KINDS[0], STEPS[0]])}")
    for (kind, step), took in runs.items():
        wall_s = statistics.median(one.wall_s for one in took)
        cpu_s = statistics.median(one.cpu_s for one in took)
        print(
            f"{kind:8} {step:8} {wall_s:7.2f} s  {cpu_s:7.2f} CPU-s  {max(o.peak_mb for o in took):7,.0f} MB"
        )


def _measured(*work: str) -> Run:
    took = run([sys.executable, "-m", "benchmarks.snapshots", "--work", *work], Limits())
    if took.status:
        sys.exit(f"{work} failed: {took.output}")
    return took


def _work(kind: str, step: str, place: str, source: str, target: str) -> None:
    """What one run does; nothing of the product is imported before."""
    from smoke_pipeline.snapshots.manifest import Side

    storage = _storage(kind, place)
    if step == "take":
        for side, path in zip(Side, (source, target), strict=True):
            _take(storage, side, Path(path))
    else:
        _compare(storage)


def _storage(kind: str, place: str):
    from smoke_pipeline.settings.sections.storage import SnapshotStore
    from smoke_pipeline.snapshots.bucket import BucketStorage
    from smoke_pipeline.snapshots.storage import FolderStorage

    if kind == "folder":
        return FolderStorage(Path(place))
    store = SnapshotStore(endpoint_url=place, access_key_id="key", secret_access_key="secret")
    return BucketStorage(store=store, bucket="measured", prefix="", scratch=FOLDER / "scratch")


def _take(storage, side, path: Path) -> None:
    from smoke_pipeline.readers.files import open_file
    from smoke_pipeline.snapshots.base import InPlaceSnapshot
    from smoke_pipeline.snapshots.store import take_snapshot

    found = InPlaceSnapshot(open_file(path), side, origin=path.name, digest=True)
    with storage.taking(SESSION, side) as folder:
        take_snapshot(found, side, folder, chunk_rows=65_536, now=lambda: datetime.now(UTC))


def _compare(storage) -> None:
    from smoke_pipeline.comparison.compare import compare_snapshots
    from smoke_pipeline.comparison.spec import ComparisonSpec
    from smoke_pipeline.settings.model import ComparisonSettings
    from smoke_pipeline.snapshots.manifest import Side
    from smoke_pipeline.snapshots.store import open_snapshot

    with storage.opened(SESSION) as folder:
        sides = [open_snapshot(folder, side) for side in Side]
        settings = ComparisonSettings(spill_dir=FOLDER)
        result = compare_snapshots(*sides, ComparisonSpec(key=("id",)), settings=settings, rulesets={})
    if not result.counts.mismatched:
        sys.exit("The tables differ, and it was not seen.")


def _make(files: list[Path], rows: int) -> None:
    import numpy as np
    import polars as pl

    random = np.random.default_rng(1)
    table = pl.DataFrame(
        {"id": np.arange(rows)}
        | {f"amount_{number}": random.integers(0, 10**9, rows) / 100 for number in range(5)}
        | {f"code_{number}": random.integers(0, 10**6, rows) for number in range(4)}
    )
    table.write_csv(files[0])
    changed = pl.when(pl.col("id") % 1000 == 7).then(pl.col("code_0") + 1).otherwise(pl.col("code_0"))
    table.with_columns(changed.alias("code_0")).write_csv(files[1])


@contextmanager
def _served() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    from smoke_pipeline.readers.storagegrid.client import connected
    from smoke_pipeline.settings.sections.storage import SnapshotStore

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        address = f"http://{host}:{port}"
        store = SnapshotStore(endpoint_url=address, access_key_id="key", secret_access_key="secret")
        with connected(store) as client:
            client.create_bucket(Bucket="measured")
        yield address
    finally:
        server.stop()


if __name__ == "__main__":
    main()

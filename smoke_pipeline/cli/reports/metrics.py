"""`GET /metrics`: what Prometheus reads of the history and of the disk."""

import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from smoke_pipeline.history.answers.stats import disk_use
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.meters.reading import read_meters
from smoke_pipeline.history.meters.records import Meters
from smoke_pipeline.smoke_test.surroundings import Surroundings

PATH = "/metrics"
LOOK_AT_FILES_EVERY_S = 60.0
FOLDERS = ("", "dagster", "logs", "postgres", "tests", "uploads")
"""Of the data folder; any other one counts as `other`."""


def metrics_routes(around: Surroundings) -> Sequence[Route]:
    """The address of the metrics; none where the history lies in memory."""
    if around.database is None:
        return ()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(HistoryCollector(around.database, around.data_folder, around.now))

    def metrics(_request: Request) -> Response:
        return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return (Route(PATH, metrics),)


class HistoryCollector(Collector):
    """Reads the history whenever it is asked, and how full the disk is at most once a minute.

    Args:
        database: The server of the history.
        folder: The data folder.
        now: The clock.
        seconds: Seconds that only grow.
    """

    def __init__(
        self,
        database: Database,
        folder: Path,
        now: Callable[[], datetime],
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._folder = folder
        self._now = now
        self._seconds = seconds
        self._looked: tuple[float, Mapping[str, int]] | None = None

    def describe(self) -> Iterable[Metric]:
        """Nothing: else the history would be read before anybody asks."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Every metric as it stands.

        Raises:
            HistoryUnavailableError: PostgreSQL does not answer.
        """
        now = self._now()
        meters = read_meters(self._database, now)
        yield _gauge("smoke_build_info", "Always 1.", {(version("smoke-pipeline"),): 1}, "version")
        yield from of_sessions(meters, now)
        yield from of_comparisons(meters)
        yield from self._of_disk(meters)

    def _of_disk(self, meters: Meters) -> Iterable[Metric]:
        whole = shutil.disk_usage(self._folder)
        used = {(folder or "files",): size for folder, size in self._used().items()}
        yield _gauge("smoke_database_bytes", "Size of the history's database.", {(): meters.database_bytes})
        yield _gauge("smoke_data_folder_bytes", "Size of the files of the data folder.", used, "folder")
        yield _gauge("smoke_disk_free_bytes", "Room on the disk of the data folder.", {(): whole.free})
        yield _gauge("smoke_disk_bytes", "Size of the disk of the data folder.", {(): whole.total})

    def _used(self) -> Mapping[str, int]:
        if self._looked is None or self._seconds() - self._looked[0] >= LOOK_AT_FILES_EVERY_S:
            found: dict[str, int] = {}
            for folder, size in disk_use(self._folder).items():
                name = folder if folder in FOLDERS else "other"
                found[name] = found.get(name, 0) + size
            self._looked = (self._seconds(), found)
        return self._looked[1]


def of_sessions(meters: Meters, now: datetime) -> Iterable[Metric]:
    """How many sessions and runs there are, and which waits longest."""
    waiting = {(step,): _age(since, now) for step, since in meters.waiting_since.items()}
    queued = {(): _age(meters.oldest_queued_at, now)} if meters.oldest_queued_at else {(): 0.0}
    yield _gauge("smoke_sessions", "Sessions that are kept.", meters.sessions, "status", "step")
    failures = {(error,): count for error, count in meters.failures.items()}
    yield _gauge("smoke_failed_sessions", "Failed sessions that are kept.", failures, "error")
    jobs = {(status,): count for status, count in meters.jobs.items()}
    yield _gauge("smoke_jobs", "Runs that have not ended.", jobs, "status")
    yield _gauge("smoke_oldest_queued_seconds", "How long the oldest queued run waits.", queued)
    yield _gauge(
        "smoke_oldest_waiting_seconds", "How long the longest waiting session waits.", waiting, "step"
    )


def of_comparisons(meters: Meters) -> Iterable[Metric]:
    """What was compared, ever and of late."""
    totals, recent = meters.totals, meters.recent
    yield _counter("smoke_sessions_started", "Sessions that were started.", {(): totals.sessions})
    verdicts = {(verdict,): count for verdict, count in totals.verdicts.items()}
    yield _counter("smoke_verdicts", "Sessions that have a verdict.", verdicts, "verdict")
    yield _counter("smoke_rows_compared", "Rows of the larger side.", {(): totals.rows_compared})
    yield _counter("smoke_rows_differing", "Mismatched and one-sided rows.", {(): totals.rows_differing})
    yield _counter("smoke_comparison_seconds", "Time in comparisons.", {(): totals.comparison_seconds})
    seconds = {(f"{one:g}",): value for one, value in recent.seconds.items()}
    words = "How long comparisons of the last day took."
    yield _gauge("smoke_recent_comparison_seconds", words, seconds, "quantile")
    took = {(job, f"{one:g}"): value for (job, one), value in recent.run_seconds.items()}
    yield _gauge("smoke_recent_runs", "Runs that ended in the last day.", recent.runs, "job", "status")
    words = "How long runs of the last day took from being asked for to their success."
    yield _gauge("smoke_recent_run_seconds", words, took, "job", "quantile")
    rate = {} if recent.rows_per_second is None else {(): recent.rows_per_second}
    yield _gauge("smoke_recent_rows_per_second", "Rows a second of the comparisons of the last day.", rate)


def _age(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds())


def _gauge(name: str, words: str, values: Mapping[Any, float], *labels: str) -> Metric:
    family = GaugeMetricFamily(name, words, labels=labels)
    for one, value in sorted(values.items()):
        family.add_metric(one, value)
    return family


def _counter(name: str, words: str, values: Mapping[Any, float], *labels: str) -> Metric:
    family = CounterMetricFamily(name, words, labels=labels)
    for one, value in sorted(values.items()):
        family.add_metric(one, value)
    return family

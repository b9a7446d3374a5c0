"""Progress is told twice a second, and whoever is told may stop the work."""

import threading
from pathlib import Path

import pytest

from smoke_pipeline.comparison.compare import compare_snapshots
from smoke_pipeline.comparison.engine.pulse import Pulse
from smoke_pipeline.comparison.options import parse_spec
from smoke_pipeline.readers.base import Progress
from smoke_pipeline.readers.files import open_file
from smoke_pipeline.settings.model import ComparisonSettings
from smoke_pipeline.snapshots.base import InPlaceSnapshot
from smoke_pipeline.snapshots.manifest import Side


def test_a_stage_is_told_at_once_and_then_every_half_second_with_what_is_left():
    told: list[Progress] = []
    now = [0.0]
    pulse = Pulse(told.append, clock=lambda: now[0])

    for second in (1.0, 1.2, 1.4, 1.6, 2.0, 2.2):
        now[0] = second
        pulse(Progress(stage="Reading", rows=int(second * 100), bytes_done=int(second * 10), bytes_total=40))
    pulse(Progress(stage="Comparing", rows=7, differences=3))

    assert [(one.stage, one.rows) for one in told] == [
        ("Reading", 100),
        ("Reading", 160),
        ("Reading", 220),
        ("Comparing", 7),
    ]
    assert [one.rows_per_s for one in told[:3]] == pytest.approx([100, 100, 100])
    assert [one.seconds_left for one in told[:3]] == pytest.approx([3.0, 1.6 * 24 / 16, 2.2 * 18 / 22])
    assert told[3].seconds_left is None


class EnoughError(Exception):
    """Somebody does not want to wait."""


@pytest.mark.parametrize("form", ["csv", "csv.gz"])
@pytest.mark.parametrize("stage", ["Reading both sides", "Comparing"])
def test_who_is_told_may_stop_the_work_and_nothing_stays_behind(tmp_path: Path, form: str, stage: str):
    import gzip

    sides = []
    for side in Side:
        text = "id,a\n" + "".join(f"{number},{side}{number}\n" for number in range(60_000))
        path = tmp_path / f"{side}.{form}"
        path.write_bytes(gzip.compress(text.encode()) if form == "csv.gz" else text.encode())
        sides.append(InPlaceSnapshot(open_file(path), side, origin=str(side)))
    spill = tmp_path / "spill"

    def stop(progress: Progress) -> None:
        if progress.stage == stage:
            raise EnoughError

    threads = threading.active_count()
    settings = ComparisonSettings(memory=64 * 1024**2, spill_dir=spill)
    with pytest.raises(EnoughError):
        compare_snapshots(*sides, parse_spec({"key": ["id"]}), settings=settings, on_progress=stop)

    assert not spill.exists() or not list(spill.iterdir())
    assert threading.active_count() == threads

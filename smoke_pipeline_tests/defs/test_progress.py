"""Progress in the run's log: enough to follow, and not a line a batch."""

from smoke_pipeline.defs.progress import progress_to
from smoke_pipeline.readers.base import Progress


class Lines:
    """A log that keeps its lines."""

    def __init__(self):
        self.lines = []

    def info(self, line):
        self.lines.append(line)


def test_a_line_is_written_every_two_seconds_and_not_more_often():
    log, now = Lines(), [0.0]
    on_progress = progress_to(log, every_s=2, clock=lambda: now[0])

    for second in (0.5, 1.9, 2.1, 2.5, 4.0, 4.2):
        now[0] = second
        on_progress(Progress(stage="Comparing", rows=int(second * 1000), differences=12))

    assert log.lines == [
        "Comparing: 2,100 rows, 12 mismatches so far",
        "Comparing: 4,200 rows, 12 mismatches so far",
    ]


def test_a_step_that_looks_for_no_differences_tells_its_rows_alone():
    log, now = Lines(), [0.0]
    on_progress = progress_to(log, every_s=2, clock=lambda: now[0])

    now[0] = 3.0
    on_progress(Progress(stage="Reading the source", rows=500_000))

    assert log.lines == ["Reading the source: 500,000 rows"]


def test_a_step_that_fetches_an_object_tells_its_bytes():
    log, now = Lines(), [0.0]
    on_progress = progress_to(log, every_s=2, clock=lambda: now[0])

    now[0] = 3.0
    on_progress(Progress(stage="Fetching a.csv", bytes_done=1_500_000, bytes_total=2_000_000_000))

    assert log.lines == ["Fetching a.csv: 2 of 2,000 MB"]

"""What one turn of `etl_verified` hears, and for how long it listens.

Dagster's daemon begins the next turn of a sensor after five seconds at best, whatever the sensor asks for.
So a turn goes on listening while sessions wait, and ends with the first verification that it can ask for.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg

from smoke_pipeline.defs.signals.reporting import notes_of, reported, told_of
from smoke_pipeline.defs.smoke_test.checks import ETL
from smoke_pipeline.smoke_test.pipeline_names import LOCATION, SESSION_TAG, VERIFY

if TYPE_CHECKING:
    from smoke_pipeline.history.records import SessionRecord
    from smoke_pipeline.smoke_test.signals.events import EndedRun
    from smoke_pipeline.smoke_test.signals.verifying import Verify
    from smoke_pipeline.smoke_test.surroundings import Surroundings

MOST_EVENTS = 200
"""Events that are read at once; the others are read next."""
PAUSE_S = 0.5
"""Between two looks of a turn; each is a few small queries."""
LOOK_BACK = timedelta(seconds=30)
"""Jobs that ended so long before a turn are heard in it; `etl_job_succeeded` hears of all."""


def looks(
    listen_s: float,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """One look at least, and more of them for as long."""
    end = clock() + listen_s
    yield
    while clock() + PAUSE_S <= end:
        pause(PAUSE_S)
        yield


class Hearing:
    """One turn: where the last one ended, and what this one has read since.

    Args:
        context: The turn, as Dagster gives it.
        around: Where the sessions are.
    """

    def __init__(self, context: dg.SensorEvaluationContext, around: "Surroundings") -> None:
        from smoke_pipeline.smoke_test.signals.events import waited_for_jobs, waiting

        kept = json.loads(context.cursor or "{}")
        self._after: int | None = kept.get("after")
        self._later: Sequence[int] = kept.get("later", ())
        self._context = context
        self._around = around
        self._notes = notes_of(around)
        self._waiting: Sequence[SessionRecord] = waiting(around)
        self._jobs = waited_for_jobs(self._waiting)
        self._since = datetime.now(UTC) - LOOK_BACK
        self._heard: set[str] = set()
        self._refused: dict[str, None] = {}

    @property
    def anybody_waits(self) -> bool:
        """Whether a session waited for its ETL when the turn began."""
        return bool(self._waiting)

    @property
    def cursor(self) -> str:
        """Where the next turn goes on."""
        return json.dumps({"after": self._after or 0, "later": list(self._later)})

    @property
    def words(self) -> str:
        """Why nothing is asked for."""
        return " ".join(self._refused) or "No ETL was told to have run."

    def look(self) -> Sequence[dg.RunRequest]:
        """The verifications that start what was told since the last look."""
        from smoke_pipeline.defs.smoke_test.orchestrator import DagsterOrchestrator
        from smoke_pipeline.smoke_test.signals.verifying import Later, Verify, decide

        self._report_posted()
        self._report_jobs()
        found = [*self._records(held=self._later), *self._records(after=self._after)]
        if not found:
            return ()
        dagster, requests, later = DagsterOrchestrator(self._context.instance), [], []
        under_way = {str(run.session_id) for run in dagster.unfinished()}
        for record in found:
            decided = decide(told_of(record), self._around, under_way)
            if isinstance(decided, Verify):
                dagster.add_partition(decided.session_id)
                requests.append(_request(decided, self._around))
                under_way.add(decided.session_id)
                continue
            if isinstance(decided, Later):
                later.append(record.storage_id)
            elif decided.because not in self._refused:
                self._context.log.info(decided.because)
            self._refused[decided.because] = None
        self._after = max([self._after or 0, *(record.storage_id for record in found)])
        self._later = later
        return requests

    def _records(
        self, *, after: int | None = None, held: Sequence[int] | None = None
    ) -> Sequence[dg.EventLogRecord]:
        """What was told since, or these records again; in the order in which they were told."""
        if held is not None and not held:
            return ()
        asked = dg.AssetRecordsFilter(asset_key=ETL, after_storage_id=after, storage_ids=held)
        most = len(held) if held else MOST_EVENTS
        return self._context.instance.fetch_materializations(asked, limit=most, ascending=True).records

    def _report_posted(self) -> None:
        """Report what was posted to the report server since."""
        from smoke_pipeline.smoke_test.signals.webhook import note_told, untold

        for nonce, event in untold(self._notes) if self._notes else ():
            reported([event], self._context, self._notes)
            if self._notes:
                note_told(nonce, event, self._notes)

    def _report_jobs(self) -> None:
        """Report the jobs that ended since, and for which a session waits."""
        from smoke_pipeline.smoke_test.signals.events import told_by_run

        for job in self._jobs:
            asked = dg.RunsFilter(
                job_name=job, statuses=[dg.DagsterRunStatus.SUCCESS], updated_after=self._since
            )
            for run in self._context.instance.get_runs(asked, limit=MOST_EVENTS):
                if run.run_id in self._heard:
                    continue
                self._heard.add(run.run_id)
                if ended := ended_run(run, self._context.instance):
                    events = list(told_by_run(ended, self._waiting, self._around))
                    reported(events, self._context, self._notes)


def ended_run(run: dg.DagsterRun, instance: dg.DagsterInstance) -> "EndedRun | None":
    """A run as the signals know it; None for one of a session's own."""
    from smoke_pipeline.smoke_test.signals.events import EndedRun

    origin = run.remote_job_origin
    location = origin.location_name if origin else LOCATION
    record = instance.get_run_record_by_id(run.run_id)
    if record is None or run.tags.get("dagster/partition") == run.tags.get(SESSION_TAG, ""):
        return None
    return EndedRun(
        run_id=run.run_id,
        job=run.job_name,
        location=location,
        began_at=datetime.fromtimestamp(record.start_time or record.create_timestamp.timestamp(), UTC),
        session_id=run.tags.get(SESSION_TAG),
    )


def _request(verify: "Verify", around: "Surroundings") -> dg.RunRequest:
    from smoke_pipeline.smoke_test.turns.reading import reading_tags

    tags = {SESSION_TAG: verify.session_id, **reading_tags(verify.session_id, VERIFY, around)}
    return dg.RunRequest(run_key=verify.run_key, partition_key=verify.session_id, tags=tags)

"""How a suite goes on: sessions are begun as others end, until all have; a turn may be repeated."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from smoke_pipeline.errors import HistoryError, RunStoppedError, SessionNotFoundError, SmokePipelineError
from smoke_pipeline.history.records import SessionRecord, Status, Step
from smoke_pipeline.smoke_test.lifecycle import new_session_id
from smoke_pipeline.smoke_test.orders.etl import ManualEtl
from smoke_pipeline.smoke_test.outcome import Outcome
from smoke_pipeline.smoke_test.pipeline_names import TAKE_SOURCE
from smoke_pipeline.smoke_test.spec import SessionSpec
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.suites.cases import because_of, cases_of, failed
from smoke_pipeline.smoke_test.suites.definition import Suite
from smoke_pipeline.smoke_test.suites.record import FAILED, Case, Notes, SuiteRun, add_run, keep, put_away
from smoke_pipeline.smoke_test.suites.summary import write_summary
from smoke_pipeline.smoke_test.surroundings import Surroundings, spec_of

AT_ONCE = "smoke_test"
"""The job that takes both sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A run that a session of a suite needs; asked for again until it has begun."""

    session_id: str
    job: str
    run_key: str


def begin(suite: Suite, around: Surroundings, notes: Notes, *, driver: str) -> SuiteRun:
    """Write down a run of the suite, with every test that it will do.

    Raises:
        InvalidOptionError: These are more tests than the settings allow.
    """
    now = around.now()
    run = SuiteRun(
        suite_id="",
        suite=suite.name,
        started_at=now.isoformat(),
        parallel=suite.parallel or around.settings.suites.parallel,
        driver=driver,
        cases=cases_of(suite, around),
    )
    return add_run(run, notes, now)


def go_on(run: SuiteRun, around: Surroundings, notes: Notes) -> Iterator[Launch]:
    """Look how the sessions stand, begin as many as may be under way, and end the suite after the last.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer.
        StorageFullError: The summary cannot be written.
    """
    under_way = 0
    for place, case in enumerate(run.cases):
        if case.has_ended or case.session_id is None:
            continue
        session, ended = _looked_at(case, around)
        if ended is not None:
            run = keep(run.with_case(place, ended), notes)
            continue
        assert session is not None  # noqa: S101 - else the case has ended
        under_way += session.step is not Step.AWAITING_ETL
        if session.step is Step.AWAITING_SOURCE:
            yield _launch(run, session)
    for place, case in enumerate(run.cases):
        if case.has_ended or case.session_id is not None or under_way >= run.parallel:
            continue
        begun, session = _begun(run, place, around)
        run = keep(run.with_case(place, begun), notes)
        if session is not None:
            under_way += 1
            yield _launch(run, session)
    if all(case.has_ended for case in run.cases):
        run = replace(run, ended_at=around.now().isoformat())
        write_summary(run, around)
        put_away(run, notes)


def cut_off(run: SuiteRun, around: Surroundings) -> Iterator[Launch]:
    """The runs of sessions that whoever went on with the suite left in the middle when it was killed.

    A session whose ETL is told by a signal goes on by that, and needs none.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    for case in run.cases:
        if case.has_ended or case.session_id is None:
            continue
        with suppress(SessionNotFoundError):
            session = around.history.session(case.session_id)
            was_stopped = (session.failure or {}).get("error_type") == RunStoppedError.__name__
            is_open = session.status is Status.ACTIVE or (session.status is Status.FAILED and was_stopped)
            if is_open and isinstance(spec_of(session).etl, ManualEtl):
                yield _launch(run, session)


def _begun(run: SuiteRun, place: int, around: Surroundings) -> tuple[Case, SessionRecord | None]:
    """A case with its session: begun now, or before a kill that left it unknown to the suite."""
    case = run.cases[place]
    spec = SessionSpec.model_validate(case.order)
    session_id = _session_id(run, place, spec)
    try:
        with suppress(SessionNotFoundError):
            session = around.history.session(session_id)
            return replace(case, session_id=session.session_id, order=None), session
        at_once = isinstance(spec.etl, ManualEtl)
        session = start_session(spec, around, at_once=at_once, session_id=session_id)
    except HistoryError:
        raise
    except SmokePipelineError as error:
        return failed(case.label, error), None
    return replace(case, session_id=session.session_id, order=None), session


def _session_id(run: SuiteRun, place: int, spec: SessionSpec) -> str:
    """The id of the session of a case: the same whenever it is asked for, and no other session's."""
    began = new_session_id(spec.test_type, datetime.fromisoformat(run.started_at))
    return f"{began}-{hashlib.sha256(f'{run.suite_id} {place}'.encode()).hexdigest()[:10]}"


def _launch(run: SuiteRun, session: SessionRecord) -> Launch:
    at_once = isinstance(spec_of(session).etl, ManualEtl)
    return Launch(
        session_id=session.session_id,
        job=AT_ONCE if at_once else TAKE_SOURCE,
        run_key=f"{run.suite_id}:{session.session_id}",
    )


def _looked_at(case: Case, around: Surroundings) -> tuple[SessionRecord | None, Case | None]:
    """The session of a case, and how the case ended if it has."""
    try:
        session = around.history.session(str(case.session_id))
    except SessionNotFoundError as error:
        return None, replace(case, verdict=FAILED, because=because_of(type(error).__name__, error.message))
    if session.status is Status.ACTIVE:
        return session, None
    outcome = Outcome(
        session=session,
        result=around.history.newest_result(session.session_id),
        folder=around.folder(session),
    )
    if outcome.verdict is not None:
        has_report = outcome.report is not None
        verdict, counts = outcome.verdict.value, outcome.shown_score
        return session, replace(case, verdict=verdict, counts=counts, has_report=has_report)
    failure = session.failure or {}
    because = because_of(
        str(failure.get("error_type", session.status.value)),
        str(failure.get("error_message", f"The session is {session.status.value}.")),
    )
    return session, replace(case, verdict=FAILED, because=because)

"""Whether everything hangs together: rows with their files, files with their rows, runs with their sessions.

Nothing is changed here; each finding says what to do.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from smoke_pipeline.errors import SnapshotError
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.keeping.files import Files
from smoke_pipeline.history.keeping.orphans import orphan_rows
from smoke_pipeline.history.keeping.records import KeptSession
from smoke_pipeline.history.keeping.sessions import KeptSessions
from smoke_pipeline.history.records import SessionRecord, Status, Step
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline.smoke_test.keeping import lying
from smoke_pipeline.smoke_test.keeping.elsewhere import all_folders, cut_off, kept_elsewhere
from smoke_pipeline.smoke_test.keeping.endings import ending_of
from smoke_pipeline.smoke_test.keeping.orchestrator import Orchestrator
from smoke_pipeline.smoke_test.results.kept_result import kept_result
from smoke_pipeline.smoke_test.surroundings import Surroundings
from smoke_pipeline.snapshots.manifest import Side

_STEPS = tuple(Step)
_CLEAN = "Run: smoke clean"
_CONTINUE = "Take up what is missing: smoke continue {}"
_TAKE_SOURCE = "Launch take_source for {} on Dagster's page, or start a new session."
_YOUNG = timedelta(minutes=10)
"""What changed so lately may be in the middle of a step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Torn:
    """Something that hangs on nothing, or lacks what belongs to it."""

    what: str
    """The kind of thing: `session`, `folder`, `row`, `file`, `partition`, `runs`, `job`."""
    name: str
    detail: str
    advice: str


def look(around: Surroundings, database: Database, orchestrator: Orchestrator) -> Iterator[Torn]:
    """Everything that does not hang together.

    Things are looked at before the sessions: one that is new has its session by then.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer.
        ReadError: The store of the snapshots does not answer.
    """
    elsewhere = kept_elsewhere(around.snapshots)
    folders = all_folders(lying.session_folders(around.data_folder), elsewhere)
    trash = [*lying.trash(around.data_folder)]
    partitions, with_runs = {*orchestrator.partitions()}, {*orchestrator.sessions_with_runs()}
    yield from _rows(database)
    yield from _jobs(around, database, orchestrator)
    sessions = KeptSessions(database, around.now).every()
    for session in sessions:
        yield from _session(session, around)
    yield from _folders(folders, trash, sessions)
    yield from _cut_off(cut_off(elsewhere), around)
    yield from _dagster(partitions, with_runs, sessions)
    yield from _files(around, database)


def _rows(database: Database) -> Iterator[Torn]:
    for table, above, count in orphan_rows(database):
        yield Torn(
            what="row",
            name=table,
            detail=f"{count:,} rows of {table} hang on no row of {above}",
            advice="The database was changed by hand; restore it, or delete these rows.",
        )


def _jobs(around: Surroundings, database: Database, orchestrator: Orchestrator) -> Iterator[Torn]:
    for job in Runs(database, around.now).unfinished():
        run = orchestrator.run(job.run_id) if job.run_id else None
        ending = ending_of(job, run, around)
        if ending is not None:
            told = ending.told or f"Its run {ending.status}."
            yield Torn(what="job", name=job.job_id, detail=f"is open in its row. {told}", advice=_CLEAN)


def _session(session: KeptSession, around: Surroundings) -> Iterator[Torn]:
    """What a session must have by its step."""
    if around.now() - session.updated_at < _YOUNG and session.has_open_job:
        return
    reached = _STEPS.index(session.step)
    record = around.history.session(session.session_id)
    if record.version != session.version:
        return
    needs = {Side.SOURCE: Step.AWAITING_ETL, Side.TARGET: Step.AWAITING_COMPARISON}
    for side, step in needs.items():
        if reached >= _STEPS.index(step):
            yield from _side(record, side, around)
    if reached >= _STEPS.index(Step.AWAITING_REPORT):
        yield from _result(record, around)


def _side(session: SessionRecord, side: Side, around: Surroundings) -> Iterator[Torn]:
    again = _TAKE_SOURCE if side is Side.SOURCE else _CONTINUE
    row = around.history.snapshot(session.session_id, side)
    if row is None:
        yield _of_session(session, f"has no row of its {side}, though it was taken", again)
        return
    try:
        manifest = around.snapshots.manifest(session.test_folder, side)
    except SnapshotError as error:
        yield _of_session(session, error.message, again)
        return
    if (manifest.rows, manifest.taken_at) != (row.manifest.rows, row.manifest.taken_at):
        yield _of_session(session, f"has another {side} than its row tells", again)


def _result(session: SessionRecord, around: Surroundings) -> Iterator[Torn]:
    found, folder = around.history.newest_result(session.session_id), around.folder(session)
    if found is None:
        yield _of_session(session, "has no row of its result, though it was compared")
        return
    try:
        kept_result(found.result_id, folder)
    except SnapshotError as error:
        yield _of_session(session, error.message)
    if session.step is Step.DONE:
        path = found.zip_package_path
        if path is None or not (folder / path).is_file():
            yield _of_session(session, "is done, and its report is not on disk")


def _of_session(session: SessionRecord, detail: str, again: str = _CONTINUE) -> Torn:
    goes_on = session.status in (Status.ACTIVE, Status.FAILED, Status.COMPLETED)
    advice = (
        again.format(session.session_id) if goes_on else "It is closed; smoke clean deletes it in its time."
    )
    return Torn(what="session", name=session.session_id, detail=detail, advice=advice)


def _folders(
    folders: Collection[lying.SessionFolder], trash: Collection[lying.Lying], sessions: Sequence[KeptSession]
) -> Iterator[Torn]:
    known = {session.test_folder for session in sessions}
    for folder in folders:
        if folder.path not in known:
            yield Torn(
                what="folder",
                name=folder.path,
                detail="is the folder of no session of this history",
                advice=_CLEAN if folder.is_going else "Delete it, unless another database knows its session.",
            )
    for one in trash:
        yield Torn(what="folder", name=one.path, detail="was on its way out", advice=_CLEAN)


def _cut_off(unfinished: Sequence[lying.Lying], around: Surroundings) -> Iterator[Torn]:
    kept_for = around.settings.retention.temporary
    for one in unfinished:
        if kept_for is not None and around.now() - one.changed_at >= kept_for:
            yield Torn(
                what="file", name=one.path, detail="was sent in part and never finished", advice=_CLEAN
            )


def _dagster(partitions: set[str], with_runs: set[str], sessions: Sequence[KeptSession]) -> Iterator[Torn]:
    known = {session.session_id for session in sessions}
    for what, names in (("partition", partitions - known), ("runs", with_runs - known)):
        for name in sorted(names):
            yield Torn(what=what, name=name, detail="belongs to no session", advice=_CLEAN)
    for session in sessions:
        if session.status is Status.ACTIVE and session.session_id not in partitions:
            detail = "has no partition, so that it cannot be launched on Dagster's page"
            yield Torn(what="partition", name=session.session_id, detail=detail, advice=_CLEAN)


def _files(around: Surroundings, database: Database) -> Iterator[Torn]:
    for file in Files(database, around.now).every():
        if not (around.data_folder / file.path).is_file():
            yield Torn(what="file", name=file.path, detail="has a row, and is not on disk", advice=_CLEAN)

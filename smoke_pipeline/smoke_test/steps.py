"""The steps of a session: take a side, compare, publish; each may be repeated.

A step asks the lifecycle first, works in the session's folder, and writes down what it found together with
the session's move in one transaction. Killed in the middle, it leaves a session that can do the step again.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow.parquet as pq

from smoke_pipeline.comparison.compare import compare_snapshots
from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.comparison.spec import MISMATCHES_FILE
from smoke_pipeline.errors import (
    HistoryUnavailableError,
    PermissionDeniedError,
    SessionError,
    SessionStateError,
    SmokePipelineError,
)
from smoke_pipeline.history.past import past_scores
from smoke_pipeline.history.records import FileRecord, FoundResult, Move, ResultRecord, SessionRecord
from smoke_pipeline.readers.base import OnProgress
from smoke_pipeline.readers.disk import storage_errors
from smoke_pipeline.report.bundle import write_bundle
from smoke_pipeline.report.formats.as_json import summary_of
from smoke_pipeline.report.formats.registry import FORMATS
from smoke_pipeline.report.masking.lines import mask_lines
from smoke_pipeline.report.masking.result import masked_manifest, masked_result
from smoke_pipeline.settings.logs.telling import tell
from smoke_pipeline.settings.model import ComparisonSettings
from smoke_pipeline.smoke_test.access.permissions import session_to_change
from smoke_pipeline.smoke_test.lifecycle import Act, move_after, move_after_failure, move_before
from smoke_pipeline.smoke_test.named.judging import held_to_baseline
from smoke_pipeline.smoke_test.places import has_one_place, place_of, refuse_one_place
from smoke_pipeline.smoke_test.recheck.session import rechecked_session
from smoke_pipeline.smoke_test.recheck.wanted import keeping_enough
from smoke_pipeline.smoke_test.results.claims import Claim, snapshot_is_sane, target_changed, why_unproven
from smoke_pipeline.smoke_test.results.kept_result import adopt_draft, draft_result, kept_result
from smoke_pipeline.smoke_test.signals.looking import with_mark
from smoke_pipeline.smoke_test.spec import SessionSpec
from smoke_pipeline.smoke_test.surroundings import Surroundings, spec_of
from smoke_pipeline.smoke_test.turns.reading import in_turn
from smoke_pipeline.snapshots.base import InPlaceSnapshot
from smoke_pipeline.snapshots.manifest import Side, SnapshotManifest
from smoke_pipeline.snapshots.store import open_snapshot, snapshot_path, take_snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenSide:
    """A side that was frozen, and what is claimed of it."""

    manifest: SnapshotManifest
    address: str
    """Where it is kept, for people."""
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedReport:
    """A report bundle and the result it tells of."""

    zip_path: Path
    members: tuple[str, ...]
    result: ComparisonResult

    @property
    def shown(self) -> str:
        """What a browser opens: the page, or the bundle that was made without one."""
        page = FORMATS["html"].member
        return page if page in self.members else self.zip_path.name


def snapshot_side(
    session_id: str, side: Side, around: Surroundings, *, on_progress: OnProgress | None = None
) -> TakenSide:
    """Freeze one side of the session.

    Raises:
        SessionError: The session does not exist, is closed, or was moved meanwhile.
        ReadError: The side cannot be read.
        UploadError: The side is not a table.
        SnapshotError: The side cannot be written.
    """
    session = _reopened(session_to_change(session_id, around), Act.taking(side), around)
    spec = spec_of(session)
    if side is Side.SOURCE:  # what tells of the ETL is noted before a row is read: it may run from then on
        spec = with_mark(spec, around.whereabouts(session.preset))
    move = replace(move_after(session, Act.taking(side)), spec=spec.model_dump(mode="json"))
    place, fetched = place_of(spec, side, around.whereabouts(session.preset)), f"{side}.fetched"
    with around.snapshots.taking(session.test_folder, side) as folder:
        with (
            in_turn((place,), around, on_progress),
            place.opened(
                spec.comparison.read_options(side), around.folder(session) / fetched, on_progress
            ) as reader,
        ):
            manifest = take_snapshot(
                InPlaceSnapshot(reader, side, origin=place.origin, digest=True),
                side,
                folder,
                chunk_rows=around.settings.comparison.chunk_rows,
                now=around.now,
                on_progress=on_progress,
            )
        rows_found = pq.read_metadata(snapshot_path(folder, side)).num_rows
    claims = _claims_of_side(session, side, rows_found, around)  # read back before anything relies on it
    manifest = masked_manifest(manifest, around.masker(session))
    around.history.save_snapshot(_file_record(session_id, manifest, around), move)
    tell("side taken", side=side.value, rows=manifest.rows, bytes=manifest.size_bytes)
    address = around.snapshots.address(session.test_folder, side)
    return TakenSide(manifest=manifest, address=address, claims=claims)


def require_two_places(session_id: str, around: Surroundings) -> None:
    """Refuse to take both sides of the session at once where they are the same place.

    Raises:
        SessionNotFoundError: There is no such session.
        SessionStateError: They are the same place.
    """
    session = session_to_change(session_id, around)
    refuse_one_place(spec_of(session), around.whereabouts(session.preset))


def compare_and_record(
    session_id: str, around: Surroundings, *, on_progress: OnProgress | None = None
) -> ComparisonResult:
    """Compare the two snapshots of the session and write down what was found.

    Raises:
        SessionError: The session does not exist, is closed, lacks a side, or was moved meanwhile.
        OptionError: An option of the session cannot be used with these columns.
        ComparisonError: The two sides cannot be compared.
        SnapshotError: A snapshot is gone or damaged.
    """
    session = session_to_change(session_id, around)
    move = move_after(session, Act.COMPARE)
    return record(session, _compared(session, around, on_progress), move, around)


def record(
    session: SessionRecord, result: ComparisonResult, move: Move, around: Surroundings
) -> ComparisonResult:
    """Write down what comparing the two snapshots of the session found, and whether it proves anything.

    Raises:
        SessionError: The session was moved meanwhile.
        SnapshotError: The result cannot be written.
    """
    because = _unproven_because(spec_of(session), result.source, result.target, around)
    result = replace(result, unproven_because=because or result.unproven_because)
    result = held_to_baseline(_masked(result, session, around), session, around)
    draft = draft_result(result, around.folder(session))
    try:
        found = FoundResult(result=result, summary=summary_of(result, around.settings.report))
        result_id = around.history.save_result(session.session_id, found, move)
    except HistoryUnavailableError:
        raise  # it may have been written before the answer was lost; the draft is adopted then
    except SmokePipelineError:
        draft.drop()
        raise
    draft.keep(result_id)
    _tell_of(result)
    return result


def _tell_of(result: ComparisonResult) -> None:
    counts = result.counts
    tell(
        "compared",
        verdict=result.verdict.value,
        rows_source=counts.source,
        rows_target=counts.target,
        matched=counts.matched,
        mismatched=counts.mismatched,
        source_only=counts.source_only,
        target_only=counts.target_only,
        seconds=round(result.engine.elapsed_s, 3),
    )


def _masked(result: ComparisonResult, session: SessionRecord, around: Surroundings) -> ComparisonResult:
    """The result as everybody gets to see it, and the file of every difference with it."""
    masker = around.masker(session)
    if masker is not None and spec_of(session).comparison.all_mismatches:
        mask_lines(around.folder(session) / MISMATCHES_FILE, masker)
    return masked_result(result, masker)


def publish_report(session_id: str, around: Surroundings) -> PublishedReport:
    """Build the report bundle of the session's newest result; the session is completed.

    Raises:
        SessionError: The session does not exist, is closed, was not compared, or was moved meanwhile.
        SnapshotError: The result is gone, damaged, or the bundle cannot be written.
    """
    session = session_to_change(session_id, around)
    move = move_after(session, Act.PUBLISH)
    newest = around.history.newest_result(session_id)
    if newest is None:
        raise SessionStateError(
            f"Session {session_id} has no result to report.", suggestions=("Compare the two sides first.",)
        )
    finish_result(session, newest, around)
    folder = around.folder(session)
    result = kept_result(newest.result_id, folder)
    bundle = write_bundle(
        result,
        folder,
        name=f"comparison_{session_id}",
        settings=around.report_settings(session),
        history=past_scores(session, around.history),
    )
    around.history.save_report(newest.result_id, str(bundle.zip_path.relative_to(folder)), move)
    tell("report published", bytes=bundle.zip_path.stat().st_size)
    return PublishedReport(zip_path=bundle.zip_path, members=bundle.members, result=result)


def finish_result(session: SessionRecord, newest: ResultRecord, around: Surroundings) -> None:
    """Give the newest result its file where a kill came between its row and the file's name."""
    adopt_draft(
        around.folder(session),
        newest.result_id,
        lambda found: json.loads(json.dumps(summary_of(found, around.settings.report))) == newest.summary,
    )


def fail_session(session_id: str, error: Exception, around: Surroundings) -> None:
    """Write down why the session has no verdict.

    What a session merely refused does not end it.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    if isinstance(error, SessionError | PermissionDeniedError):
        return
    session = around.history.session(session_id)
    around.history.move(move_after_failure(session, reason_of(error)))


def reason_of(error: Exception) -> dict[str, object]:
    """The error as the history keeps it; words of a foreign error may hold secrets and stay out."""
    if isinstance(error, SmokePipelineError):
        return error.to_dict()
    return SmokePipelineError(
        f"The step stopped at an unexpected {type(error).__name__}.",
        suggestions=("Read the log of the run.", "Materialize the step again."),
    ).to_dict()


def _reopened(session: SessionRecord, act: Act, around: Surroundings) -> SessionRecord:
    """The session, brought back to where it waits for `act`, so that a cut leaves no older side behind."""
    move = move_before(session, act)
    return around.history.move(move) if move else session


def _compared(
    session: SessionRecord, around: Surroundings, on_progress: OnProgress | None
) -> ComparisonResult:
    spec, folder = spec_of(session), around.folder(session)
    with around.snapshots.opened(session.test_folder, on_progress=on_progress) as kept:
        snapshots = {side: open_snapshot(kept, side) for side in Side}
        with spilling_into(folder / "spill", around.comparison_settings(session.preset)) as settings:
            result = compare_snapshots(
                snapshots[Side.SOURCE],
                snapshots[Side.TARGET],
                keeping_enough(spec.comparison, settings),
                settings=settings.model_copy(update={"mismatches_dir": folder}),
                rulesets=around.settings.rulesets,
                on_progress=on_progress,
            )
            return rechecked_session(result, session, snapshots, settings, around, on_progress)


@contextmanager
def spilling_into(spill: Path, settings: ComparisonSettings) -> Iterator[ComparisonSettings]:
    """Settings whose spilled rows lie in a folder of their own, unless they name another disk.

    What a killed comparison left there is swept away first.
    """
    with storage_errors(spill.parent):
        spill.parent.mkdir(parents=True, exist_ok=True)  # which no step may have made on this machine
    if settings.spill_dir is not None:
        yield settings
        return
    shutil.rmtree(spill, ignore_errors=True)
    with storage_errors(spill.parent):
        spill.mkdir()
    try:
        yield settings.model_copy(update={"spill_dir": spill})
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def _unproven_because(
    spec: SessionSpec, source: SnapshotManifest, target: SnapshotManifest, around: Surroundings
) -> str | None:
    """Why the session's two snapshots cannot prove anything, if they cannot."""
    return why_unproven(
        source,
        target,
        allow_unchanged=spec.allow_unchanged,
        one_place=has_one_place(spec, around.whereabouts(spec.preset)),
    )


def _claims_of_side(
    session: SessionRecord, side: Side, rows_found: int, around: Surroundings
) -> tuple[Claim, ...]:
    """What is claimed of a side as it is kept now."""
    taken = around.snapshots.manifest(session.test_folder, side)
    sane = snapshot_is_sane(taken, rows_found=rows_found)
    if side is Side.SOURCE:
        return (sane,)
    source = around.snapshots.manifest(session.test_folder, Side.SOURCE)
    return (sane, target_changed(_unproven_because(spec_of(session), source, taken, around)))


def _file_record(session_id: str, manifest: SnapshotManifest, around: Surroundings) -> FileRecord:
    return FileRecord(
        session_id=session_id,
        file_role=manifest.side,
        manifest=manifest,
        file_path=f"{manifest.side}.parquet",
        recorded_at=around.now(),
    )

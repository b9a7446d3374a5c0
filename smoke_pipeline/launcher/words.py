"""What the tools say: short, complete, and never a value of anybody's data."""

from collections.abc import Mapping, Sequence
from typing import Any

from smoke_pipeline.history.records import FileRecord, JobStatus, SessionRecord, Status, Step
from smoke_pipeline.launcher.jobs import SeenJob
from smoke_pipeline.smoke_test.outcome import Outcome
from smoke_pipeline.smoke_test.pipeline_names import COMPARE, TAKE_SOURCE, TAKE_TARGET, VERIFY
from smoke_pipeline.snapshots.manifest import Side

FETCHING: Mapping[str, str] = {"database_table": "export_database_table", "upload": "handle_uploaded_files"}
"""The tool that names a side of a session of a type; the others lie in StorageGrid."""
SIDE_OF: Mapping[str, Side] = {TAKE_SOURCE: Side.SOURCE, TAKE_TARGET: Side.TARGET}
DOING: Mapping[str, str] = {
    TAKE_SOURCE: "Taking the source",
    TAKE_TARGET: "Taking the target",
    COMPARE: "Comparing",
    VERIFY: "Taking the target, then comparing",
}


def next_steps(session: SessionRecord) -> list[str]:
    """What can be done with a session now, most useful first."""
    if session.status not in (Status.ACTIVE, Status.FAILED, Status.COMPLETED):
        return ["start_smoke_test: this session is closed."]
    fetch = FETCHING.get(session.test_type, "download_storagegrid_file")
    match session.step:
        case Step.AWAITING_SOURCE:
            return [f"{fetch} with file_role=source."]
        case Step.AWAITING_ETL:
            return [
                "Wait until the user says that the ETL has run.",
                f"{fetch} with file_role=target, or continue_session if the target is the same place.",
            ]
        case Step.AWAITING_COMPARISON:
            return ["Ask the user which columns to ignore, if any.", "compare_csv_files."]
        case Step.AWAITING_REPORT:
            return ["compare_csv_files: the report was not built."]
        case _:
            return ["get_report.", "get_mismatches, if the user asks for rows."]


def job_words(seen: SeenJob) -> str:
    """How far a job that goes on has come."""
    words = DOING.get(seen.job.job_name, seen.job.job_name)
    if seen.state is JobStatus.QUEUED:
        return f"{words}: waits to be started. {seen.note or ''}".rstrip()
    told = seen.progress
    if told is None:
        return f"{words}: under way. {seen.note or ''}".rstrip()
    rows = f", {told.rows_done:,} rows" if told.rows_done else ""
    share = f", {seen.percent:g} %" if seen.percent is not None else ""
    return f"{words}: {told.stage}{rows}{share}."


def failure_words(failure: Mapping[str, Any] | None) -> str:
    """Why something failed, and what to do."""
    if not failure:
        return "It failed, and nobody wrote down why."
    advice = "".join(f"\n- {one}" for one in failure.get("suggestions", ()))
    return f"{failure.get('error_type')}: {failure.get('error_message')}{advice}"


def taken_words(taken: FileRecord, other: FileRecord | None) -> str:
    """What was frozen of one side, and how its rows compare in number to the other's."""
    facts = taken.manifest
    size_mb = facts.size_bytes / 1024**2
    words = (
        f"The {taken.file_role} is frozen: {facts.rows:,} rows, {len(facts.columns)} columns, "
        f"{size_mb:,.1f} MB, from {facts.origin}."
    )
    return f"{words} {_rows_beside(taken, other)}{_bytes_beside(taken, other)}" if other else words


def result_words(outcome: Outcome, most_columns: int = 5) -> str:
    """What was found, in under 500 characters."""
    found = outcome.result
    if found is None:
        return "The two sides were not compared yet."
    summary = found.summary.get("summary_text")
    if isinstance(summary, str):
        return summary
    differing = sorted(found.mismatch_by_column.items(), key=lambda item: -item[1])
    shown = ", ".join(f"{name[:40]} {count:,}" for name, count in differing[:most_columns])
    more = f" and {len(differing) - most_columns} more" if len(differing) > most_columns else ""
    columns = f" By column: {shown}{more}." if shown else ""
    return (
        f"{found.verdict.capitalize()}. Match score {outcome.shown_score} % (threshold {found.threshold:g}). "
        f"Matched {found.matched_rows:,}, mismatched {found.mismatched_rows:,}, only in the source "
        f"{found.source_only_rows:,}, only in the target {found.target_only_rows:,}.{columns}"
    )[:499]


def listed(words: Sequence[str]) -> str:
    """Next steps, below an answer."""
    return "".join(f"\nNext: {one}" for one in words)


def _rows_beside(taken: FileRecord, other: FileRecord) -> str:
    more = taken.manifest.rows - other.manifest.rows
    if not more:
        return f"It has as many rows as the {other.file_role}."
    return f"It has {abs(more):,} {'more' if more > 0 else 'fewer'} rows than the {other.file_role}."


def _bytes_beside(taken: FileRecord, other: FileRecord) -> str:
    """A doubt where the target is what the source was, at the same place."""
    here, there = taken.manifest, other.manifest
    is_same = here.sha256 is not None and (here.sha256, here.origin) == (there.sha256, there.origin)
    return f" The bytes are those of the {other.file_role}: has the ETL run?" if is_same else ""

"""What a session has come to, for a person and for a program."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smoke_pipeline.comparison.result import RowCounts, Verdict
from smoke_pipeline.errors import SessionStateError, SnapshotMissingError
from smoke_pipeline.history.records import ResultRecord, SessionRecord, Status, Step
from smoke_pipeline.report.summary import shown_score
from smoke_pipeline.smoke_test.access.permissions import session_to_see
from smoke_pipeline.smoke_test.surroundings import Surroundings

NEXT: Mapping[Step, str] = {
    Step.AWAITING_SOURCE: "Take the source: smoke continue {}",
    Step.AWAITING_ETL: "Run the ETL, then: smoke continue {}",
    Step.AWAITING_COMPARISON: "Compare the two sides: smoke continue {}",
    Step.AWAITING_REPORT: "Build the report: smoke continue {}",
    Step.DONE: "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A session with its newest result."""

    session: SessionRecord
    result: ResultRecord | None
    folder: Path

    @property
    def verdict(self) -> Verdict | None:
        """The verdict of a completed session; others have none."""
        is_completed = self.session.status is Status.COMPLETED
        return Verdict(self.result.verdict) if is_completed and self.result else None

    @property
    def shown_score(self) -> str:
        """The match score as people read it; nothing without a verdict."""
        found = self.result
        if found is None or self.verdict is None:
            return ""
        return shown_score(
            RowCounts(
                matched=found.matched_rows,
                mismatched=found.mismatched_rows,
                source_only=found.source_only_rows,
                target_only=found.target_only_rows,
            )
        )

    @property
    def report(self) -> Path | None:
        """The bundle, once it was published."""
        path = self.result.zip_package_path if self.result else None
        return self.folder / path if path else None

    @property
    def next_step(self) -> str:
        """What a person does now; nothing where all is done or the session is closed."""
        open_states = (Status.ACTIVE, Status.FAILED)
        return NEXT[self.session.step].format(self.session.session_id) * (self.session.status in open_states)

    def to_dict(self) -> dict[str, Any]:
        """The outcome as a program reads it."""
        session = self.session
        return {
            "session_id": session.session_id,
            "test_type": session.test_type,
            "test_name": session.test_name,
            "preset": session.preset,
            "status": session.status.value,
            "step": session.step.value,
            "created_at": session.created_at.isoformat(),
            "completed_at": session.completed_at.isoformat() if session.completed_at else None,
            "verdict": self.verdict.value if self.verdict else None,
            "failure": dict(session.failure) if session.failure else None,
            "next": self.next_step or None,
            "folder": str(self.folder),
            "report": str(self.report) if self.report else None,
            "result": dict(self.result.summary) if self.result else None,
        }


def outcome_of(session_id: str, around: Surroundings) -> Outcome:
    """What the session has come to.

    Raises:
        SessionNotFoundError: There is no such session.
        PermissionDeniedError: Who asks may not see it.
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    session = session_to_see(session_id, around)
    return Outcome(
        session=session, result=around.history.newest_result(session_id), folder=around.folder(session)
    )


def require_report(outcome: Outcome) -> Path:
    """The report bundle of a session.

    Raises:
        SessionStateError: None was published yet.
        SnapshotMissingError: It is not on disk any more.
    """
    session_id = outcome.session.session_id
    if outcome.report is None:
        raise SessionStateError(f"Session {session_id} has no report yet.", (outcome.next_step,))
    path = outcome.report.resolve()
    if not path.is_relative_to(outcome.folder.resolve()) or not path.is_file():
        raise SnapshotMissingError(
            f"The report of session {session_id} is not on disk any more.",
            ("Compare the two sides again: materialize the session's comparison and report.",),
        )
    return path

"""What a notice says, and whether how a session ended asks for one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from smoke_pipeline.comparison.result import Verdict
from smoke_pipeline.history.records import Status
from smoke_pipeline.report.visible import on_one_line
from smoke_pipeline.settings.addresses import report_address
from smoke_pipeline.settings.model import ReportServerSettings
from smoke_pipeline.smoke_test.outcome import Outcome

NOTHING = "none"


class Why(StrEnum):
    """What people are told."""

    FAILED = "failed"
    RECOVERED = "recovered"
    PASSED = "passed"
    """Told to commits alone, whose status would wait for good."""
    EXPIRED = "expired"
    SUITE = "suite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing that people are told."""

    key: str
    """What makes it this notice; who hears it twice can tell."""
    why: Why
    passed: bool
    facts: Mapping[str, str] = field(default_factory=dict)
    """What the templates may name."""
    commit: str | None = None
    """The commit whose status tells it, too."""

    def to_dict(self) -> dict[str, Any]:
        """The notice as a program reads it."""
        return {"id": self.key, "why": self.why.value, "passed": self.passed, **self.facts}


def notice_of(outcome: Outcome, before: str | None, server: ReportServerSettings) -> Notice | None:
    """What people are told of a session that ended; None for one that is still open or was closed by hand.

    Args:
        outcome: What it has come to.
        before: How the session of the same test before it ended: a verdict, or a status; None for the first.
        server: Where its report is served.
    """
    why = _why(outcome, before)
    if why is None:
        return None
    session = outcome.session
    return Notice(
        key=f"{session.session_id}:{session.version}",
        why=why,
        passed=why in (Why.PASSED, Why.RECOVERED),
        facts=_facts(outcome, server),
        commit=session.spec.get("commit"),
    )


def _why(outcome: Outcome, before: str | None) -> Why | None:
    status = outcome.session.status
    if status is Status.EXPIRED:
        return Why.EXPIRED
    if status is Status.FAILED:
        return Why.FAILED
    if status is not Status.COMPLETED or outcome.verdict is None:
        return None
    if outcome.verdict is not Verdict.PASSED:
        return Why.FAILED
    return Why.PASSED if before in (None, Verdict.PASSED.value) else Why.RECOVERED


def _facts(outcome: Outcome, server: ReportServerSettings) -> dict[str, str]:
    session = outcome.session
    verdict = outcome.verdict.value if outcome.verdict else session.status.value
    report = report_address(server, session.session_id) if outcome.report else NOTHING
    return {
        "test": on_one_line(session.test_name or session.test_type),
        "session": session.session_id,
        "preset": on_one_line(session.preset),
        "status": session.status.value,
        "verdict": verdict,
        "sentence": _sentence(outcome),
        "report": report,
    }


def _sentence(outcome: Outcome) -> str:
    """How it ended, in counts alone."""
    found = outcome.result
    if outcome.verdict is None or found is None:
        failure = outcome.session.failure or {}
        return f"There is no verdict: {failure.get('error_type', outcome.session.status.value)}."
    return (
        f"{found.matched_rows:,} rows match (match score {outcome.shown_score}), "
        f"{found.mismatched_rows:,} differ, "
        f"{found.source_only_rows:,} are on the source's side alone, "
        f"{found.target_only_rows:,} on the target's."
    )

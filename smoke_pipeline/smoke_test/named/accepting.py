"""Accepting the differences of a session, so that later sessions of its test fail on other ones alone."""

from collections import Counter

from smoke_pipeline.comparison.result import ComparisonResult, Verdict
from smoke_pipeline.comparison.spec import MISMATCHES_FILE
from smoke_pipeline.errors import InvalidOptionError, SessionStateError
from smoke_pipeline.history.access.roles import Permission, require
from smoke_pipeline.history.named_tests.baselines import Baselines
from smoke_pipeline.history.named_tests.records import EVERYBODY, BaselineRecord
from smoke_pipeline.history.records import SessionRecord, Status
from smoke_pipeline.smoke_test.access.permissions import session_to_change
from smoke_pipeline.smoke_test.named.fingerprints import fingerprints_at_hand, why_not_at_hand
from smoke_pipeline.smoke_test.named.judging import options_of
from smoke_pipeline.smoke_test.results.kept_result import kept_result
from smoke_pipeline.smoke_test.surroundings import Surroundings, require_database, spec_of

LONGEST_REASON = 500


def accept_differences(session_id: str, reason: str, around: Surroundings) -> BaselineRecord:
    """Accept every difference of the session's newest result for the sessions of its name.

    What somebody accepts who may change everybody's sessions holds for everybody's; what others accept holds
    for their own. Rows that a recheck found in flight are not accepted.

    Raises:
        SessionNotFoundError: There is no such session.
        PermissionDeniedError: It is not theirs to change, or reads by a production preset.
        SessionStateError: It is not completed, its verdict is unproven, or not every difference is at hand.
        InvalidOptionError: There is no reason, or more differences than a baseline may hold.
        SnapshotError: The result is not on disk any more.
    """
    session, why = session_to_change(session_id, around), require_reason(reason)
    newest = around.history.newest_result(session_id)
    if session.status is not Status.COMPLETED or newest is None:
        raise SessionStateError(
            f"Session {session_id} is not completed, so there is nothing to accept.",
            (f"Go on with it: smoke continue {session_id}",),
        )
    result = kept_result(newest.result_id, around.folder(session))
    made = BaselineRecord(
        test_name=session.test_name,
        session_id=session_id,
        result_id=newest.result_id,
        accepted_by=around.identity.client_id,
        accepted_at=around.now(),
        reason=why,
        rows=0,
        holds_for=whose(around),
        options=options_of(result, spec_of(session).comparison, around.settings, session.preset),
    )
    return baselines_of(around).accept(made, _acceptable(result, session, around))


def _acceptable(result: ComparisonResult, session: SessionRecord, around: Surroundings) -> "Counter[bytes]":
    """What may be accepted, and how often it is there."""
    file, is_masking = around.folder(session) / MISMATCHES_FILE, around.masker(session) is not None
    missing = why_not_at_hand(result, file, is_masking=is_masking)
    if missing is not None:
        raise SessionStateError(
            f"The differences of session {session.session_id} cannot be accepted. {missing}",
            ("Run the test again with --all-mismatches.", "Leave the columns unmasked that differ."),
        )
    if result.verdict is Verdict.UNPROVEN:
        raise SessionStateError(
            f"Session {session.session_id} proves nothing, so its differences cannot be accepted.",
            (str(result.unproven_because),),
        )
    most = around.settings.comparison.max_accepted
    found: Counter[bytes] = Counter()
    for one in fingerprints_at_hand(result, file, in_flight=False):
        found[one] += 1
        if len(found) > most:
            raise InvalidOptionError(
                f"Session {session.session_id} has more than {most:,} differences, too many to accept.",
                ("Write rules or leave columns out.", "Raise comparison.max_accepted."),
            )
    return found


def drop_baseline(test_name: str, around: Surroundings, *, is_own: bool = False) -> None:
    """End the baseline that who acts is responsible for.

    Args:
        test_name: The name of the test.
        around: Where, and who asks.
        is_own: Whether somebody who is responsible for everybody's means the one for their own sessions.

    Raises:
        HistoryError: There is none.
        PermissionDeniedError: Who asks may not accept anything.
    """
    require(around.identity, Permission.START_SESSIONS, "drop a baseline")
    holds_for = around.identity.client_id if is_own else whose(around)
    baselines_of(around).drop(test_name, holds_for)


def whose(around: Surroundings) -> str:
    """Whose sessions a baseline holds for that is accepted here."""
    who = around.identity
    return EVERYBODY if who.may(Permission.CHANGE_ALL_SESSIONS) else who.client_id


def baselines_of(around: Surroundings) -> Baselines:
    """Where baselines are kept.

    Raises:
        HistoryError: The history lies in memory.
    """
    return Baselines(require_database(around), around.now)


def require_reason(text: str) -> str:
    """The reason as it is kept.

    Raises:
        InvalidOptionError: It is empty, too long, or holds what cannot be printed.
    """
    reason = text.strip()
    if not reason or len(reason) > LONGEST_REASON or not reason.isprintable():
        raise InvalidOptionError(
            f"A reason is a line of 1 to {LONGEST_REASON} printable characters.",
            ("Say why these differences are right: --reason 'amounts are rounded since March'.",),
        )
    return reason

"""Sessions that are closed by a person, or that waited too long."""

from collections.abc import Sequence

from smoke_pipeline.history.records import SessionRecord, Status
from smoke_pipeline.smoke_test.keeping.orchestrator import Orchestrator
from smoke_pipeline.smoke_test.lifecycle import closing_move
from smoke_pipeline.smoke_test.surroundings import Surroundings


def close_session(session_id: str, status: Status, around: Surroundings) -> SessionRecord:
    """Close a session for good; a step under way cannot write down what it finds any more.

    Args:
        session_id: The session.
        status: `cancelled`, `expired` or `archived`.
        around: Where it is.

    Raises:
        SessionNotFoundError: There is no such session.
        SessionStateError: It cannot be closed in that way.
        SessionConflictError: Somebody else moved it at the same moment.
    """
    return around.history.move(closing_move(around.history.session(session_id), status))


def stop_runs(session_id: str, orchestrator: Orchestrator) -> Sequence[str]:
    """Ask the runs of a session to end; those that are under way, whether they could be asked or not."""
    under_way = [run.run_id for run in orchestrator.unfinished() if run.session_id == session_id]
    for run_id in under_way:
        orchestrator.stop(run_id)
    return under_way

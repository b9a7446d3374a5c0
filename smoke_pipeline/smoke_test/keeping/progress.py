"""How far a step has come, for whoever asks the history, which ends the step of a session that was closed."""

from smoke_pipeline.errors import HistoryError
from smoke_pipeline.history.runs.records import RunProgress
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline.readers.base import OnProgress, Progress
from smoke_pipeline.smoke_test.lifecycle import require_open
from smoke_pipeline.smoke_test.surroundings import Surroundings


def kept_progress(session_id: str, run_id: str | None, around: Surroundings) -> OnProgress:
    """A listener that writes down each word it hears; a word that is lost never breaks the step.

    It raises `SessionError` once the session was closed or deleted, so that the step ends.
    """
    runs = Runs(around.database, around.now) if around.database else None

    def keep(progress: Progress) -> None:
        try:
            require_open(around.history.session(session_id))
            if runs:
                runs.tell(_written(progress, session_id, run_id, around))
        except HistoryError:
            return  # the next word may get through

    return keep


def _written(progress: Progress, session_id: str, run_id: str | None, around: Surroundings) -> RunProgress:
    return RunProgress(
        session_id=session_id,
        run_id=run_id,
        stage=progress.stage,
        rows_done=progress.rows,
        bytes_done=progress.bytes_done,
        bytes_total=progress.bytes_total,
        updated_at=around.now(),
    )

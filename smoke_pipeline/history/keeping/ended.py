"""Sessions that ended, in the order in which they did."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, tuple_

from smoke_pipeline.history import rows
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.records import SessionRecord, Status
from smoke_pipeline.history.schema.sessions import comparison_results, test_sessions

ENDS = (Status.COMPLETED.value, Status.FAILED.value, Status.EXPIRED.value)
_MOST_BEFORE = 200
"""Sessions of a test that are looked through for one of the same parameters."""


class EndedSessions:
    """Sessions that were completed, failed or expired.

    Every method raises `HistoryUnavailableError` where PostgreSQL does not answer.

    Args:
        database: The server, its tables made.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self, moment: datetime, *, limit: int) -> Sequence[SessionRecord]:
        """Those that were moved to an end at that moment or later, the first one first."""
        row = test_sessions.c
        query = select(test_sessions).where(row.status.in_(ENDS), row.updated_at >= moment)
        ordered = query.order_by(row.updated_at, row.session_id).limit(limit)
        with self._database.transaction() as connection:
            return [rows.session_of(found) for found in connection.execute(ordered).mappings()]

    def before(self, session: SessionRecord) -> str | None:
        """How the session before it of the same test, with the same parameters, ended.

        Returns:
            Its verdict, or its status where it had none; None for the first.
        """
        row, result = test_sessions.c, comparison_results.c
        verdict = select(result.verdict).where(result.session_id == row.session_id)
        newest = verdict.order_by(result.result_id.desc()).limit(1).scalar_subquery()
        earlier = tuple_(row.created_at, row.session_id) < tuple_(session.created_at, session.session_id)
        query = select(row.status, row.spec, func.coalesce(newest, row.status).label("verdict")).where(
            row.test_name == session.test_name,
            row.preset == session.preset,
            row.status.in_((*ENDS, Status.ARCHIVED.value)),
            earlier,
        )
        last = query.order_by(row.created_at.desc(), row.session_id.desc()).limit(_MOST_BEFORE)
        with self._database.transaction() as connection:
            before = connection.execute(last).all()
        wanted = session.spec.get("parameters")
        found = next((one for one in before if one.spec.get("parameters") == wanted), None)
        if found is None:
            return None
        closed = (Status.COMPLETED.value, Status.ARCHIVED.value)
        return str(found.verdict if found.status in closed else found.status)

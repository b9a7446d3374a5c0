"""How the test of a session went before, for the picture on its report."""

from collections.abc import Iterator, Sequence
from itertools import islice

from smoke_pipeline.history.base import History
from smoke_pipeline.history.records import SessionRecord
from smoke_pipeline.report.pictures.past import MOST, PastScore

LOOKED_AT = 500
"""Sessions, the newest, among which those of the same test are looked for."""


def past_scores(session: SessionRecord, history: History) -> Sequence[PastScore]:
    """The newest results of the session's test up to the session itself, the oldest first.

    What came after the session is left out, so that its report is the same whenever it is built again.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    if not session.test_name:
        return ()
    return [*islice(_scores(session, history), MOST)][::-1]


def _scores(session: SessionRecord, history: History) -> Iterator[PastScore]:
    for other in history.sessions(limit=LOOKED_AT):
        is_later = (other.created_at, other.session_id) > (session.created_at, session.session_id)
        if is_later or other.test_name != session.test_name:
            continue
        if result := history.newest_result(other.session_id):
            yield PastScore(when=other.created_at, score=result.match_score, verdict=result.verdict)

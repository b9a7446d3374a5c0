"""Telling what is due, each thing once by each channel, however often the process starts again.

What was told is written down after it was sent: a kill between the two tells it twice, never not at all.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from smoke_pipeline.errors import NoticeFailedError, SmokePipelineError
from smoke_pipeline.history.records import SessionRecord
from smoke_pipeline.settings.sections.notices import NoticeSettings
from smoke_pipeline.smoke_test.notices.channels.base import Channel
from smoke_pipeline.smoke_test.notices.notice import Notice, notice_of
from smoke_pipeline.smoke_test.notices.text import words_of
from smoke_pipeline.smoke_test.outcome import Outcome
from smoke_pipeline.smoke_test.surroundings import Surroundings

SENT, MARK = "notice_sent", "notice_mark"
OVERLAP = timedelta(minutes=5)
"""How far a session's end may be written down late."""
KEPT = timedelta(days=30)
MOST = 500
"""Ended sessions that are looked at in one turn."""


class Notes(Protocol):
    """Where it is remembered; `history.keeping.cache` keeps this promise."""

    def get(self, kind: str, key: str) -> Any | None:
        """What is kept under that name."""

    def put(self, kind: str, key: str, value: Any, *, span: timedelta = ...) -> None:
        """Keep a value in place of an older one."""


class Ended(Protocol):
    """The sessions that ended; `history.keeping.ended` keeps this promise."""

    def since(self, moment: datetime, *, limit: int) -> Sequence[SessionRecord]:
        """Those that were moved to an end at that moment or later, the first one first."""

    def before(self, session: SessionRecord) -> str | None:
        """How the session of the same test before it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What telling works with."""

    around: Surroundings
    channels: Sequence[Channel]
    notes: Notes
    ended: Ended

    @property
    def settings(self) -> NoticeSettings:
        """What people are told, and how often it is tried."""
        return self.around.settings.notices


def send_due(sending: Sending, others: Iterable[Notice] = ()) -> Iterator[str]:
    """Tell how sessions ended since the last turn, and what else is due; each as a sentence.

    The first turn tells nothing: what ended before notices were configured is no news.

    Args:
        sending: What telling works with.
        others: Further notices, which are told once, too.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    begun, mark = (sending.notes.get(MARK, name) for name in ("begun", "settled"))
    if begun is None or mark is None:
        _put_mark("settled", sending.around.now(), sending)
        _put_mark("begun", sending.around.now(), sending)
        return
    is_settled, settled = True, datetime.fromisoformat(mark)
    first = max(settled - OVERLAP, datetime.fromisoformat(begun))
    for session in sending.ended.since(first, limit=MOST):
        found = _notice(session, sending)
        if found is not None:
            told, is_done = _tell(found, sending)
            is_settled = is_settled and is_done
            yield from told
        if is_settled and session.updated_at > settled:
            settled = session.updated_at
            _put_mark("settled", settled, sending)
    for other in others:
        yield from _tell(other, sending)[0]


def _notice(session: SessionRecord, sending: Sending) -> Notice | None:
    around = sending.around
    outcome = Outcome(
        session=session,
        result=around.history.newest_result(session.session_id),
        folder=around.folder(session),
    )
    return notice_of(outcome, sending.ended.before(session), around.settings.report_server)


def _tell(notice: Notice, sending: Sending) -> tuple[list[str], bool]:
    """Tell it by every channel that has not; the sentences, and whether none is left."""
    told, is_done = [], True
    for channel in sending.channels:
        if not channel.takes(notice, sending.settings.on):
            continue
        key = f"{channel.name}:{notice.key}"
        state: Mapping[str, Any] = sending.notes.get(SENT, key) or {"tries": 0}
        if state.get("is_over"):
            continue
        try:
            channel.send(notice, words_of(notice, sending.settings.templates_dir))
        except SmokePipelineError as error:
            tries = state["tries"] + 1
            is_over = tries >= sending.settings.attempts or not isinstance(error, NoticeFailedError)
            is_done = is_done and is_over
            told.append(f"{error.message} ({notice.key}, {'given up' if is_over else f'try {tries}'})")
            sending.notes.put(SENT, key, {"tries": tries, "is_over": is_over}, span=KEPT)
        else:
            told.append(f"{channel.name} was told of {notice.key}.")
            sending.notes.put(SENT, key, {"tries": state["tries"] + 1, "is_over": True}, span=KEPT)
    return told, is_done


def _put_mark(name: str, moment: datetime, sending: Sending) -> None:
    sending.notes.put(MARK, name, moment.isoformat(), span=timedelta(days=3650))

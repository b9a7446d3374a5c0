"""How often feedback may be sent, and that the same is not sent twice; a launcher's end forgets nothing."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from anyio.to_thread import run_sync

from smoke_pipeline.errors import InvalidOptionError, RateLimitError
from smoke_pipeline.history.keeping.cache import MetadataCache

SENT, SAME = "feedback", "feedback_duplicate"
"""The kinds under which it is kept."""
DUPLICATE_WINDOW = timedelta(minutes=30)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So many in a span of time."""

    most: int
    span: timedelta
    words: str


PER_SESSION = (
    Limit(most=3, span=timedelta(hours=1), words="3 an hour of one conversation"),
    Limit(most=10, span=_DAY, words="10 a day of one conversation"),
)
PER_CLIENT = (
    Limit(most=20, span=timedelta(hours=1), words="20 an hour of one client"),
    Limit(most=50, span=_DAY, words="50 a day of one client"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends feedback."""

    client_id: str
    session: str
    """One conversation, as far as the transport knows conversations."""


class FeedbackLimits:
    """What was sent, kept in the history.

    Args:
        cache: Where it is kept.
        now: The clock.
    """

    def __init__(self, cache: MetadataCache, now: Callable[[], datetime]) -> None:
        self._cache = cache
        self._now = now
        self._one_at_a_time = asyncio.Lock()

    async def take(self, sender: Sender, title: str, body: str) -> None:
        """Count one in.

        Raises:
            InvalidOptionError: The same was sent a short while ago.
            RateLimitError: That would be too often.
            HistoryError: It cannot be written down.
        """
        async with self._one_at_a_time:
            await run_sync(self._take, sender, digest_of(title, body))

    async def give_back(self, sender: Sender, title: str, body: str) -> None:
        """Count it out again: it certainly was not sent."""
        async with self._one_at_a_time:
            await run_sync(self._give_back, sender, digest_of(title, body))

    def _take(self, sender: Sender, digest: str) -> None:
        if self._cache.get(SAME, f"{sender.client_id}:{digest}") is not None:
            raise InvalidOptionError(
                "The same was sent less than 30 minutes ago.",
                ("Search for it: action=search.", "If there is more to say, say it in other words."),
            )
        now = self._now()
        for key, limits in _keys(sender):
            moments = self._moments(key)
            for limit in limits:
                _require_below(limit, moments, now)
        for key, _ in _keys(sender):
            self._keep(key, [*self._moments(key), now])
        self._cache.put(SAME, f"{sender.client_id}:{digest}", True, span=DUPLICATE_WINDOW)

    def _give_back(self, sender: Sender, digest: str) -> None:
        for key, _ in _keys(sender):
            self._keep(key, self._moments(key)[:-1])
        self._cache.forget(SAME, f"{sender.client_id}:{digest}")

    def _moments(self, key: str) -> list[datetime]:
        """When something was sent within a day."""
        kept = self._cache.get(SENT, key) or []
        return [moment for one in kept if (moment := datetime.fromisoformat(one)) > self._now() - _DAY]

    def _keep(self, key: str, moments: Sequence[datetime]) -> None:
        self._cache.put(SENT, key, [one.isoformat() for one in moments], span=_DAY)


def digest_of(title: str, body: str) -> str:
    """The same for two texts that differ in nothing but blanks and case."""
    plain = "\n".join(" ".join(text.casefold().split()) for text in (title, body))
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def _keys(sender: Sender) -> Sequence[tuple[str, Sequence[Limit]]]:
    return ((f"session:{sender.session}", PER_SESSION), (f"client:{sender.client_id}", PER_CLIENT))


def _require_below(limit: Limit, moments: Sequence[datetime], now: datetime) -> None:
    within = [one for one in moments if one > now - limit.span]
    if len(within) < limit.most:
        return
    wait = within[-limit.most] + limit.span - now
    seconds = max(1, round(wait.total_seconds()))
    raise RateLimitError(
        f"Feedback is limited to {limit.words}.",
        (f"Wait {max(1, round(seconds / 60))} minutes, or file the text by hand.",),
        {"retry_after_s": seconds},
    )

"""Sessions led through the services while trouble is made, and what became of them."""

import asyncio
import itertools
import logging
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from smoke_pipeline_tests.chaos.conversation import Conversation
from smoke_pipeline_tests.chaos.inputs import Pair, Way, pairs
from smoke_pipeline_tests.chaos.services import Services, serving_parts
from smoke_pipeline_tests.chaos.talking import Heard, RefusedError, StuckError, Talker
from smoke_pipeline_tests.chaos.trouble import Told, Trouble
from smoke_pipeline_tests.chaos.verdict import reasons, what_does_not_hold, what_goes_on
from smoke_pipeline_tests.chaos.world import World, world

WAYS = tuple(Way)
PAIRS, ROWS = 6, 300
MOST_ATTEMPTS = 4
THREADS = 64
"""Most of them wait."""
SETTLE_S = 900.0
_LOGGER = logging.getLogger(__name__)
MOST_SESSIONS = 4
"""Times as many sessions as were asked for, at most, where there is more trouble than sessions."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is driven."""

    sessions: int
    parallel: int = 4
    seed: int = 1
    plan: Sequence[str] | None = None
    """What goes wrong, in that order; None: everything `times` times, by chance."""
    times: int = 1
    first: str = ""
    """Of that plan, what holds this word goes wrong first."""
    pause_s: float = 3.0
    patience_s: float = SETTLE_S
    is_run_undisturbed: bool = False
    """Whether every pair goes through first, with nothing going wrong."""


@dataclass
class Outcome:
    """What came of it."""

    conversations: list[Conversation] = field(default_factory=list)
    heard: Heard = field(default_factory=Heard)
    told: list[Told] = field(default_factory=list)
    starts: dict[str, int] = field(default_factory=dict)
    first: Counter[str] = field(default_factory=Counter)
    """How sessions ended at first."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Why those that failed at first did."""
    broken: list[str] = field(default_factory=list)
    """What does not hold."""
    seconds: float = 0


def driven(wanted: Wanted, folder: Path | None = None) -> Outcome:
    """Drive sessions through the services of a new world."""
    began, made = time.monotonic(), pairs(PAIRS, ROWS, wanted.seed)
    with _folder(folder) as place, world(place, made) as around:
        logs = place / "logs"
        logs.mkdir()
        with serving_parts(around.variables, logs) as services:
            outcome = asyncio.run(_Driver(wanted, around, services, made).drive())
            outcome.starts = {name: part.starts for name, part in services.parts.items()}
    outcome.seconds = time.monotonic() - began
    return outcome


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    """A folder that the server's user may pass through."""
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="smoke-chaos-", ignore_cleanup_errors=True) as made:
        Path(made).chmod(0o711)
        yield Path(made)


class _Driver:
    def __init__(self, wanted: Wanted, around: World, services: Services, made: Sequence[Pair]) -> None:
        self._wanted, self._world, self._services, self._made = wanted, around, services, made
        self._outcome = Outcome()
        self._numbers = itertools.count()

    async def drive(self) -> Outcome:
        """Undisturbed if that was asked for, then in trouble, then again what failed."""
        wanted, outcome = self._wanted, self._outcome
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
        if wanted.is_run_undisturbed:
            await self._in_parallel([self._next() for _ in self._made])
            await self._judge()
            outcome.broken += [
                f"{one.name} {one.state}" for one in outcome.conversations if one.state != "completed"
            ]
        calm = len(outcome.conversations)
        await self._in_trouble()
        disturbed = outcome.conversations[calm:]
        outcome.first = Counter(one.state for one in disturbed)
        outcome.reasons = reasons(self._world)
        await self._judge()
        failed = [one for one in disturbed if one.state == "failed"]
        await self._in_parallel(failed)
        if failed:
            await self._judge()
        outcome.broken += [f"{one.name} cannot be run again" for one in failed if one.state != "completed"]
        return outcome

    async def _judge(self) -> None:
        """Look what does not hold."""
        self._outcome.broken += await asyncio.to_thread(self._judged)

    def _judged(self) -> list[str]:
        """What does not hold once the last runs have ended: a session is done a moment before its run."""
        end = time.monotonic() + self._wanted.patience_s
        while what_goes_on(self._world) and time.monotonic() < end:
            time.sleep(1)
        return what_does_not_hold(self._world, self._outcome.conversations)

    async def _in_trouble(self) -> None:
        """Lead sessions as long as there are more of them, or more trouble."""
        wanted, trouble = self._wanted, Trouble(self._world, self._services)
        plan = trouble.plan(wanted.times, wanted.seed) if wanted.plan is None else wanted.plan
        plan = sorted(plan, key=lambda what: wanted.first not in what)
        harm = asyncio.create_task(trouble.carry_out(plan, wanted.pause_s))
        begun = 0

        async def lead() -> None:
            nonlocal begun
            while begun < wanted.sessions or (not harm.done() and begun < MOST_SESSIONS * wanted.sessions):
                begun += 1
                await self._led(self._next())

        await asyncio.gather(harm, *(lead() for _ in range(wanted.parallel)))
        self._outcome.told = trouble.told

    def _next(self) -> Conversation:
        number, services = next(self._numbers), self._services
        one = Conversation(
            number,
            WAYS[number % len(WAYS)],
            self._made[number % len(self._made)],
            Talker(services.launcher, services.page, self._outcome.heard, self._wanted.patience_s),
            self._world.files,
            services.reports,
            self._wanted.patience_s,
        )
        self._outcome.conversations.append(one)
        return one

    async def _in_parallel(self, conversations: Sequence[Conversation]) -> None:
        room = asyncio.Semaphore(self._wanted.parallel)

        async def one_of(one: Conversation) -> None:
            async with room:
                await self._led(one)

        await asyncio.gather(*map(one_of, conversations))

    async def _led(self, one: Conversation) -> None:
        """Lead a session; what was refused is asked for again, and what never ends is told."""
        for _ in range(MOST_ATTEMPTS):
            try:
                await one.lead()
            except RefusedError as refused:
                one.state = f"refused: {refused.error['error_type']}: {refused.error['error_message']}"
                await asyncio.sleep(self._wanted.pause_s)
            except StuckError as stuck:
                one.state = "stuck"
                self._outcome.broken.append(str(stuck))
                return
            else:
                _LOGGER.info("%s (%s): %s after %d attempts", one.name, one.way, one.state, one.attempts)
                return
        self._outcome.broken.append(f"{one.name} ({one.way}) {one.state}")

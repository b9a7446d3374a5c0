"""What goes wrong: processes are killed with -9, lines are cut, the disk is filled; in an order of chance."""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import psutil
import psycopg

from smoke_pipeline_tests.chaos.services import Services
from smoke_pipeline_tests.chaos.world import World

AT_STEP = "kill the run at "
STEPS = ("source_snapshot", "target_snapshot", "comparison", "report")
AT_WORK = """
SELECT process.value FROM event_logs AS begun JOIN runs ON runs.run_id = begun.run_id
JOIN run_tags AS process ON process.run_id = begun.run_id AND process.key = 'smoke/process'
WHERE begun.dagster_event_type = 'STEP_START' AND begun.step_key = %s AND runs.status = 'STARTED'
AND NOT EXISTS (SELECT 1 FROM event_logs AS ended WHERE ended.run_id = begun.run_id
AND ended.step_key = begun.step_key AND ended.dagster_event_type IN ('STEP_SUCCESS', 'STEP_FAILURE'))
"""
"""The processes that work on a step now, as `smoke/process` names them."""
LOOK_EVERY_S = 0.05
_LOGGER = logging.getLogger(__name__)


@dataclass
class Told:
    """What was done."""

    what: str
    at_s: float
    was_done: bool


@dataclass
class Trouble:
    """Does harm.

    Args:
        world: What stands around.
        services: The parts.
        waits_s: How long a line stays cut and the disk full, and how long a step is waited for.
    """

    world: World
    services: Services
    waits_s: tuple[float, float] = (4.0, 900.0)
    told: list[Told] = field(default_factory=list)

    def kinds(self) -> Mapping[str, Callable[[], bool]]:
        """Everything that can go wrong, by its name; each says whether it was done."""
        parts = self.services.parts
        every: dict[str, Callable[[], bool]] = {
            f"kill {part}": lambda part=part: self._killed(part) for part in parts
        }
        every["kill code alone"] = lambda: self._killed("code", alone=True)
        every["kill the fork server"] = self._fork_server_killed
        for step in STEPS:
            every[f"{AT_STEP}{step}"] = lambda step=step: self._run_killed(step)
        every["kill postgresql"] = self._database_killed
        for line in self.world.lines:
            every[f"cut {line}"] = lambda line=line: self._cut(line)
        every["fill the disk"] = self._disk_filled
        return every

    async def carry_out(self, plan: Sequence[str], pause_s: float) -> None:
        """Do all of it, one after the other, with pauses; what waits for a step waits beside the rest."""
        kinds, began, waiting = self.kinds(), time.monotonic(), []

        async def do(what: str) -> None:
            was_done = await asyncio.to_thread(kinds[what])
            at_s = time.monotonic() - began
            self.told.append(Told(what, at_s, was_done))
            _LOGGER.info("%4.0f s: %s%s", at_s, what, "" if was_done else " (not done)")

        for what in plan:
            await asyncio.sleep(pause_s)
            if what.startswith(AT_STEP):
                waiting.append(asyncio.create_task(do(what)))
            else:
                await do(what)
        await asyncio.gather(*waiting)

    def plan(self, times: int, seed: int) -> list[str]:
        """Everything that many times, in an order of chance."""
        every = [*self.kinds()] * times
        random.Random(seed).shuffle(every)
        return every

    def _killed(self, part: str, *, alone: bool = False) -> bool:
        self.services.parts[part].kill(alone=alone)
        return True

    def _fork_server_killed(self) -> bool:
        found = self.services.parts["code"].fork_server()
        if found is not None:
            found.kill()
        return found is not None

    def _run_killed(self, step: str) -> bool:
        """Kill the process of the next run that works on that step."""
        end = time.monotonic() + self.waits_s[1]
        while time.monotonic() < end:
            try:
                with psycopg.connect(self.world.history, autocommit=True) as connection:
                    while time.monotonic() < end:
                        for (process,) in connection.execute(AT_WORK, (f"smoke_test__{step}",)):
                            psutil.Process(int(process.split()[1])).kill()
                            return True
                        time.sleep(LOOK_EVERY_S)
            except (psycopg.OperationalError, psutil.NoSuchProcess):
                time.sleep(LOOK_EVERY_S)
        return False

    def _database_killed(self) -> bool:
        pid = (self.world.postgres / "pgdata" / "postmaster.pid").read_text().split()[0]
        psutil.Process(int(pid)).kill()
        time.sleep(1)
        self.world.database_again()
        return True

    def _cut(self, line: str) -> bool:
        self.world.lines[line].cut()
        time.sleep(self.waits_s[0])
        self.world.lines[line].mend()
        return True

    def _disk_filled(self) -> bool:
        self.world.disk.fill(self._writers)
        time.sleep(self.waits_s[0])
        self.world.disk.free(self._writers)
        return True

    def _writers(self) -> list[psutil.Process]:
        return [process for part in self.services.parts.values() for process in part.processes()]

"""`python -m benchmarks.soak`: many small sessions through the services, and whether memory and answers stay.

The parts of `smoke serve` as separate processes over a PostgreSQL, a MariaDB and files; each client starts a
session at the launcher, freezes both sides, compares, and begins the next one. Every so many sessions the
memory of each part is looked at, and what the answers took since.
"""

import argparse
import asyncio
import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
from mcp import Client

from benchmarks.sections import SOAK, with_section
from smoke_pipeline_tests.chaos.inputs import Pair, pairs
from smoke_pipeline_tests.chaos.services import Services, serving_parts
from smoke_pipeline_tests.chaos.world import World, world
from smoke_pipeline_tests.cli.served import is_fork_server

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
ROWS, PAIRS = 300, 6
LOOK_EVERY_S = 1.0
WARM_UP_S, IDLE_S = 20.0, 60.0
TABLES_SHOWN = 6
MB = 1e6
LARGEST = """
SELECT schemaname || '.' || relname, pg_total_relation_size(relid)
FROM pg_stat_user_tables ORDER BY 2 DESC LIMIT %s
"""


@dataclass
class Took:
    """What clients waited for, in seconds."""

    progress: list[float] = field(default_factory=list)
    sessions: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Look:
    """The services after so many sessions."""

    sessions: int
    memory: Mapping[str, tuple[float, float]]
    """Part -> private and shared MB, without the processes of runs."""
    cpu_s: float
    took: Took


def main() -> None:
    """Soak, print the section, and save it where that was asked for."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="smoke-soak-", ignore_cleanup_errors=True) as made:
        folder, inputs = Path(made), pairs(PAIRS, ROWS, 1)
        folder.chmod(0o711)
        with world(folder, inputs) as around:
            (folder / "logs").mkdir()
            with serving_parts(around.variables, folder / "logs") as services:
                load = os.getloadavg()[0]
                soak = Soak(around, services, inputs, asked)
                asyncio.run(soak.carry_out())
                section = soak.section(load)
    print(section)
    if asked.save:
        RESULTS.write_text(with_section(RESULTS.read_text(encoding="utf-8"), section, SOAK), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--parallel", type=int, default=2, help="clients at a time; default 2")
    parser.add_argument("--every", type=int, help="sessions between two looks; default: a tenth of all")
    parser.add_argument("--save", action="store_true", help="write the section of benchmarks/RESULTS.md")
    return parser.parse_args()


class Soak:
    """Sessions, and what is seen of the services meanwhile."""

    def __init__(
        self, around: World, services: Services, inputs: Sequence[Pair], asked: argparse.Namespace
    ) -> None:
        self._around, self._services, self._inputs = around, services, inputs
        self._sessions, self._parallel = asked.sessions, asked.parallel
        self._every = asked.every or max(1, asked.sessions // 10)
        self._numbers = iter(range(asked.sessions))
        self._took = Took()
        self._all = Took()
        self._done = 0
        self.looks: list[Look] = []
        self._idle_cpu = 0.0
        self._seconds = 0.0

    async def carry_out(self) -> None:
        """Look, wait idle, and let all clients have their sessions."""
        await asyncio.sleep(WARM_UP_S)
        before = _cpu_s(self._roots())
        await asyncio.sleep(IDLE_S)
        self._idle_cpu = (_cpu_s(self._roots()) - before) / IDLE_S
        self._look()
        began = time.monotonic()
        await asyncio.gather(*(self._client() for _ in range(self._parallel)))
        self._seconds = time.monotonic() - began
        if self.looks[-1].sessions < self._done:
            self._look()

    async def _client(self) -> None:
        for number in self._numbers:
            pair = self._inputs[number % len(self._inputs)]
            async with Client(f"{self._services.launcher}/mcp") as client:
                began = time.monotonic()
                verdict = await self._session(client, pair, from_table=bool(number % 2))
                self._took.sessions.append(time.monotonic() - began)
            if verdict != pair.counts.verdict:
                self._took.wrong.append(f"{verdict} in place of {pair.counts.verdict}")
            self._done += 1
            if self._done % self._every == 0:
                self._look()

    async def _session(self, client: Client, pair: Pair, *, from_table: bool) -> str | None:
        """One session from its start to its verdict."""
        kind = "database_table" if from_table else "upload"
        started = await _asked(client, "start_smoke_test", test_type=kind)
        session = {"session_id": started["session_id"]}
        for side in ("source", "target"):
            given: dict[str, Any] = {"paths": [str(self._around.files / f"{side}_{pair.number}.csv")]}
            tool = "handle_uploaded_files"
            if from_table:
                given = {"db_type": "mysql", "table_name": f"{side}_{pair.number}"}
                tool = "export_database_table"
            await self._ended(client, tool, **session, file_role=side, **given)
        found = await self._ended(client, "compare_csv_files", **session)
        return str(found["verdict"])

    async def _ended(self, client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
        """Start a run and look every second until it has ended."""
        job = await _asked(client, tool, **arguments)
        while job["poll_after_seconds"] is not None:
            await asyncio.sleep(LOOK_EVERY_S)
            began = time.monotonic()
            job = await _asked(client, "get_progress", job_id=job["job_id"])
            self._took.progress.append(time.monotonic() - began)
        return job

    def _look(self) -> None:
        roots = self._roots()
        memory = {name: _memory(root) for name, root in roots.items()}
        took, self._took = self._took, Took()
        for name in ("progress", "sessions", "wrong"):
            getattr(self._all, name).extend(getattr(took, name))
        self.looks.append(Look(sessions=self._done, memory=memory, cpu_s=_cpu_s(roots), took=took))

    def _roots(self) -> dict[str, psutil.Process]:
        """The process of each part; that of PostgreSQL with them."""
        pid = int((self._around.postgres / "pgdata" / "postmaster.pid").read_text().split()[0])
        parts = {name: psutil.Process(part.pid) for name, part in self._services.parts.items()}
        return {**parts, "postgresql": psutil.Process(pid)}

    def section(self, load: float) -> str:
        """What was found, as a section of the page of results."""
        first, last = self.looks[0], self.looks[-1]
        used = last.cpu_s - first.cpu_s
        own = used - self._idle_cpu * self._seconds
        with psycopg.connect(self._around.history) as connection:
            largest = connection.execute(LARGEST, (TABLES_SHOWN,)).fetchall()
        wrong = (
            f" {len(self._all.wrong)} had a wrong verdict."
            if self._all.wrong
            else " Every verdict was right."
        )
        about = [
            f"{self._done:,} sessions of about {ROWS:,} rows a side, half of them files and half of them "
            f"tables of MariaDB, {self._parallel} at a time, in {self._seconds:,.0f} s.{wrong}",
            f"{own / self._done:.1f} s of processor time a session, of all processes together, beyond the "
            f"{self._idle_cpu:.2f} of a core that they take idle; with that {used / self._done:.1f} s.",
            f"{os.cpu_count()} cores, {psutil.virtual_memory().total / 1e9:.0f} GB; {load:.1f} programs "
            "wanted a core in the minute before.",
            "Memory is private + shared MB of a part and all that it started, without the processes of runs, "
            "which share with the code server; what PostgreSQL's processes share counts for each of them. A "
            "session takes from its start to its verdict.",
            f"Largest tables: {', '.join(f'{name} {size / MB:,.1f} MB' for name, size in largest)}.",
            "`python -m benchmarks.soak --save` writes this section.",
        ]
        return f"{SOAK}\n\n" + "\n".join(about) + f"\n\n{table(self.looks)}\n"


def table(looks: Sequence[Look]) -> str:
    parts = list(looks[0].memory)
    head = ["sessions", *parts, "get_progress p50 / p95 in ms", "session p50 / p95 in s"]
    lines = [f"| {' | '.join(head)} |", f"|{'---:|' * len(head)}"]
    for look in looks:
        memory = [f"{private:,.0f} + {shared:,.0f}" for private, shared in look.memory.values()]
        cells = [
            f"{look.sessions:,}",
            *memory,
            _spread(look.took.progress, 1e3, 0),
            _spread(look.took.sessions, 1, 1),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    slopes, slopes_of_all = (
        [f"{_slope([(one.sessions, seen(*one.memory[part])) for one in looks]):+.2f}" for part in parts]
        for seen in (lambda private, _: private, lambda private, shared: private + shared)
    )
    middle = [
        _slope([(one.sessions, statistics.median(times)) for one in looks if (times := of(one))])
        for of in (lambda one: one.took.progress, lambda one: one.took.sessions)
    ]
    ends = [f"{middle[0] * 1e3:+.1f}", f"{middle[1]:+.2f}"]
    lines.append(f"| per 100, private | {' | '.join([*slopes, *ends])} |")
    lines.append(f"| per 100, both | {' | '.join([*slopes_of_all, '', ''])} |")
    return "\n".join(lines)


def _spread(seconds: Sequence[float], scale: float, digits: int) -> str:
    if len(seconds) < 2:
        return ""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return f"{cuts[49] * scale:,.{digits}f} / {cuts[94] * scale:,.{digits}f}"


def _slope(points: Sequence[tuple[int, float]]) -> float:
    """How much more for each hundred sessions, by least squares."""
    if len(points) < 2:
        return 0.0
    return statistics.linear_regression(*zip(*points, strict=True)).slope * 100


def _memory(root: psutil.Process) -> tuple[float, float]:
    """Private and shared MB of a process, and of all that it started but those of runs."""
    private = shared = 0.0
    for one in _tree(root):
        with suppress(psutil.Error):
            if is_fork_server(one.parent()):
                continue
            found = one.memory_full_info()
            private += found.uss / MB
            shared += (found.rss - found.uss) / MB
    return private, shared


def _cpu_s(roots: Mapping[str, psutil.Process]) -> float:
    """What all processes have used, those that ended included."""
    spent = 0.0
    for one in itertools.chain.from_iterable(map(_tree, roots.values())):
        with suppress(psutil.Error):
            spent += sum(one.cpu_times()[:4])
    return spent


def _tree(root: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return [root, *root.children(recursive=True)]
    return []


async def _asked(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    answer = await client.call_tool(tool, arguments)
    if answer.is_error or answer.structured_content is None:
        raise SystemExit(f"{tool}: {answer.content[0].text}")
    found: dict[str, Any] = answer.structured_content
    return found


if __name__ == "__main__":
    main()

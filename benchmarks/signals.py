"""`python -m benchmarks.signals`: from the word that an ETL has run to the verdict, and how soon all answers.

A real `smoke up` over a data folder of its own, started anew so many times; then so many sessions of a small
table, one after the other, each of which hears of its ETL in one of the ways in which a signal is pushed.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import psutil

from benchmarks.sections import SIGNALS, with_section
from benchmarks.serving import Served, serving
from smoke_pipeline.cli.reports.signals import NONCE, PATH, SIGNATURE, TIMESTAMP
from smoke_pipeline.cli.runs import Pipeline, open_pipeline
from smoke_pipeline.history.records import Status
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.smoke_test.pipeline_names import ETL, VERIFY
from smoke_pipeline.smoke_test.signals.webhook import signature_of
from smoke_pipeline.smoke_test.spec import read_order
from smoke_pipeline.smoke_test.surroundings import Surroundings, open_surroundings

RESULTS = Path(__file__).with_name("RESULTS.md")
KEY = "a key of the benchmark"
ROWS = 1_000
TIMEOUT_S = 90.0
LOOK_EVERY_S = 0.02
AIM_S, READY_AIM_S = 5.0, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a signal is sent to, and where its verdict is read."""

    served: Served
    pipeline: Pipeline
    around: Surroundings
    table: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One signal: seconds from it to each thing that follows."""

    verdict_s: float
    completed_s: float
    parts: Mapping[str, float]


def main() -> None:
    """Measure, print the section, and save it where that was asked for."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="smoke-signals-") as folder:
        Path(folder).chmod(0o711)
        section = _measured(Path(folder), asked)
    print(section)
    if asked.save:
        page = RESULTS.read_text(encoding="utf-8")
        RESULTS.write_text(with_section(page, section, SIGNALS), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.signals", description=__doc__)
    add = parser.add_argument
    add("--signals", type=int, default=10, help="of each kind; default 10")
    add("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS), help="default: all")
    add(
        "--starts", type=int, default=3, help="times that everything is started over a used folder; default 3"
    )
    add("--idle", type=int, default=30, help="seconds for which the idle processes are watched; default 30")
    add("--save", action="store_true", help="write the section on signals of benchmarks/RESULTS.md")
    return parser.parse_args()


def _measured(folder: Path, asked: argparse.Namespace) -> str:
    data, table, load = folder / "data", folder / "table.csv", os.getloadavg()[0]
    starts = []
    for _ in range(asked.starts):
        with serving(data) as served:
            starts.append(served)
    os.environ |= {"SMOKE_DATA_DIR": str(data), "SMOKE_SIGNALS__WEBHOOK_KEY": KEY}
    with serving(data) as served, _bench(served, table) as bench:
        starts.append(served)
        idle = _idle(served, asked.idle)
        found = {
            kind: [_heard(KINDS[kind], kind, bench) for _ in range(asked.signals)] for kind in asked.kinds
        }
    return (
        "\n\n".join([SIGNALS, _about(load), _signal_table(found), _start_table(starts), _idle_table(idle)])
        + "\n"
    )


@contextmanager
def _bench(served: Served, table: Path) -> Iterator[Bench]:
    settings = load_settings()
    with open_pipeline(settings) as pipeline, open_surroundings(settings) as around:
        yield Bench(served=served, pipeline=pipeline, around=around, table=table)


def _heard(tell: Callable[[str, Bench], float], kind: str, bench: Bench) -> Heard:
    """Start a session, let its ETL run, tell it, and wait for the verdict."""
    _write(bench.table, "before")
    etl = {"kind": "webhook"} if kind == "webhook" else {"kind": "manual"}
    if kind == "job":
        etl = {"kind": "job", "job": "clean_up"}
    order = read_order({"source": {"path": str(bench.table)}, "etl": etl, "comparison": {"key": ["id"]}})
    session_id = bench.pipeline.start(order)
    bench.pipeline.run("take_source", session_id)
    time.sleep(6 + 5 * (uuid.uuid4().int % 100) / 100)  # nobody sends a signal in step with a daemon
    _write(bench.table, "after")
    told_at = tell(session_id, bench)
    verdict_at = _until(lambda: bench.around.history.newest_result(session_id) is not None)
    completed_at = _until(lambda: bench.around.history.session(session_id).status is Status.COMPLETED)
    return Heard(
        verdict_s=verdict_at - told_at,
        completed_s=completed_at - told_at,
        parts=_parts(session_id, told_at, bench.pipeline.instance),
    )


def _write(table: Path, word: str) -> None:
    table.write_text("id,word\n" + "".join(f"{n},{word if n % 100 == 0 else n}\n" for n in range(ROWS)))


def _until(holds: Callable[[], bool]) -> float:
    """The time at which it first held."""
    deadline = time.time() + TIMEOUT_S
    while not holds():
        if time.time() > deadline:
            raise SystemExit(f"There is no verdict after {TIMEOUT_S:.0f} s.")
        time.sleep(LOOK_EVERY_S)
    return time.time()


def _webhook(session_id: str, bench: Bench) -> float:
    body = json.dumps({"session_id": session_id}).encode()
    timestamp, nonce = str(int(time.time())), uuid.uuid4().hex
    headers = {TIMESTAMP: timestamp, NONCE: nonce, SIGNATURE: signature_of(KEY, timestamp, nonce, body)}
    told_at = time.time()
    _post(f"{bench.served.reports}{PATH}", body, headers)
    return told_at


def _report(session_id: str, bench: Bench) -> float:
    body = json.dumps({"partition": session_id}).encode()
    told_at = time.time()
    address = f"{bench.served.page}/report_asset_materialization/{'/'.join(ETL)}"
    _post(address, body, {"Content-Type": "application/json"})
    return told_at


def _job(session_id: str, bench: Bench) -> float:
    """Let another job run, in this process; the signal is its success."""
    del session_id
    job = dg.GraphDefinition(name="clean_up", node_defs=[]).to_job()
    done = job.execute_in_process(instance=bench.pipeline.instance)
    record = bench.pipeline.instance.get_run_record_by_id(done.run_id)
    assert record is not None
    assert record.end_time is not None
    return record.end_time


def _continue(session_id: str, bench: Bench) -> float:
    """The command carries the verification out itself, so that its own start counts as well."""
    del bench
    told_at = time.time()
    command = [sys.executable, "-m", "smoke_pipeline.cli", "continue", session_id]
    subprocess.run(command, check=False, capture_output=True)
    return told_at


KINDS: Mapping[str, Callable[[str, Bench], float]] = {
    "webhook": _webhook,
    "report": _report,
    "job": _job,
    "continue": _continue,
}


def _post(address: str, body: bytes, headers: Mapping[str, str]) -> None:
    with urllib.request.urlopen(urllib.request.Request(address, body, dict(headers)), timeout=30) as answer:
        answer.read()


def _parts(session_id: str, told_at: float, instance: dg.DagsterInstance) -> Mapping[str, float]:
    """Seconds from the signal to what Dagster notes on the way, in its order."""
    filters = dg.RunsFilter(job_name=VERIFY, tags={"dagster/partition": session_id})
    record = instance.get_run_records(filters, limit=1)[0]
    found = {"run asked for": record.create_timestamp.timestamp() - told_at}
    for entry in instance.all_logs(record.dagster_run.run_id):
        event = entry.dagster_event
        if event is None:
            continue
        name = NOTED.get(event.event_type_value)
        if event.event_type_value == "ENGINE_EVENT" and (event.message or "").startswith("Started process"):
            name = "process there"
        if event.event_type_value == "STEP_SUCCESS":
            name = f"{(event.step_key or '').rpartition('__')[2]} done"
        if name is not None:
            found.setdefault(name, entry.timestamp - told_at)
    return found


NOTED = {
    "PIPELINE_STARTING": "out of the queue",
    "PIPELINE_START": "run began",
    "STEP_START": "first step began",
}


def _idle(served: Served, seconds: int) -> Mapping[str, tuple[float, float]]:
    """Resident memory in MB and per cent of a core, of each process while nothing is asked of it."""
    everybody = {one.pid: one for one in served.process.children(recursive=True)}
    before = {pid: sum(one.cpu_times()[:2]) for pid, one in everybody.items()}
    time.sleep(seconds)
    names = served.names()
    held: dict[str, tuple[float, float]] = {}
    for pid, one in everybody.items():
        if psutil.pid_exists(pid) and pid in names:
            cpu = 100 * (sum(one.cpu_times()[:2]) - before[pid]) / seconds
            held[names[pid]] = (one.memory_info().rss / 1e6, cpu)
    return held


def _about(load: float) -> str:
    memory = psutil.virtual_memory().total / 1e9
    return (
        f"`smoke up` with the embedded PostgreSQL, {psutil.cpu_count()} cores, {memory:.0f} GB; {load:.1f} "
        f"programs wanted a core in the minute before, so with more than the cores, much of it is theirs.\n"
        f"A session of {ROWS:,} rows waits for its ETL; a signal comes 6 to 11 s after its source was taken, "
        f"one session after the other.\n"
        f"`python -m benchmarks.signals --save` writes this section."
    )


def _signal_table(found: Mapping[str, Sequence[Heard]]) -> str:
    lines = [
        f"| signal | times | verdict after s: min / median / max | aimed at {AIM_S:g} | report after s |",
        "|---|---:|---|---|---:|",
    ]
    for kind, heard in found.items():
        verdicts = sorted(one.verdict_s for one in heard)
        spread = f"{verdicts[0]:.1f} / {statistics.median(verdicts):.1f} / {verdicts[-1]:.1f}"
        met = "met" if verdicts[-1] <= AIM_S else f"{sum(v <= AIM_S for v in verdicts)} of {len(verdicts)}"
        completed = statistics.median(one.completed_s for one in heard)
        lines.append(f"| {kind} | {len(heard)} | {spread} | {met} | {completed:.1f} |")
    for kind, heard in found.items():
        names: dict[str, list[float]] = defaultdict(list)
        for one in heard:
            for name, seconds in one.parts.items():
                names[name].append(seconds)
        steps = ", ".join(f"{name} {statistics.median(seconds):.1f}" for name, seconds in names.items())
        lines.append(f"\nOn the way of `{kind}`, median seconds after the signal: {steps}.")
    return "\n".join(lines)


def _start_table(starts: Sequence[Served]) -> str:
    lines = [
        f"| seconds after `smoke up` | empty | used folder: min / median / max | aimed at {READY_AIM_S:g} |",
        "|---|---:|---|---|",
    ]
    first, rest = starts[0], starts[1:] or starts
    for name in first.ready_s:
        used = sorted(one.ready_s[name] for one in rest)
        met = "met" if used[-1] <= READY_AIM_S else "missed"
        spread = f"{used[0]:.1f} / {statistics.median(used):.1f} / {used[-1]:.1f}"
        lines.append(f"| {name} | {first.ready_s[name]:.1f} | {spread} | {met} |")
    cpu = statistics.median(one.cpu_s for one in rest)
    lines.append(f"\nUntil then all processes together took {cpu:.1f} s of processor time, imports mostly.")
    return "\n".join(lines)


def _idle_table(idle: Mapping[str, tuple[float, float]]) -> str:
    lines = ["| idle process | resident MB | % of a core |", "|---|---:|---:|"]
    lines += [f"| {name} | {memory:,.0f} | {cpu:.1f} |" for name, (memory, cpu) in sorted(idle.items())]
    return "\n".join(lines)


if __name__ == "__main__":
    main()

"""`python -m smoke_pipeline_tests.chaos`: sessions through real services while everything goes wrong."""

import argparse
import logging
import sys

from smoke_pipeline_tests.chaos.drive import Outcome, Wanted, driven


def main() -> None:
    """Drive, print what happened, and end with 1 where something does not hold."""
    parser = argparse.ArgumentParser(prog="python -m smoke_pipeline_tests.chaos", description=__doc__)
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--parallel", type=int, default=4, help="sessions at a time")
    parser.add_argument("--seed", type=int, default=1, help="of the data and of the order of the trouble")
    parser.add_argument("--times", type=int, default=2, help="how often each thing goes wrong")
    parser.add_argument("--pause", type=float, default=8.0, help="seconds between two troubles")
    parser.add_argument("--only", nargs="*", help="what goes wrong, in that order; default: everything")
    parser.add_argument("--at-once", action="store_true", help="without an undisturbed run before")
    asked = parser.parse_args()
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("smoke_pipeline_tests").setLevel(logging.INFO)
    outcome = driven(
        Wanted(
            sessions=asked.sessions,
            parallel=asked.parallel,
            seed=asked.seed,
            plan=asked.only,
            times=asked.times,
            pause_s=asked.pause,
            is_run_undisturbed=not asked.at_once,
        )
    )
    print(table(outcome))
    sys.exit(1 if outcome.broken else 0)


def table(outcome: Outcome) -> str:
    """What happened, for a person."""
    found = outcome.heard
    lines = [
        f"{len(outcome.conversations)} sessions in {outcome.seconds:,.0f} s",
        "",
        "| trouble | after s | done |",
        "|---|---:|---|",
        *(f"| {one.what} | {one.at_s:,.0f} | {'yes' if one.was_done else 'no'} |" for one in outcome.told),
        "",
        "| disturbed sessions ended | sessions |",
        "|---|---:|",
        *(f"| {state} | {count} |" for state, count in outcome.first.most_common()),
        *(f"| failed with {kind} | {count} |" for kind, count in outcome.reasons.most_common()),
        "",
        "| answer of a tool | times |",
        "|---|---:|",
        f"| none | {found.lost} |",
        *(f"| {kind}: {found.words.get(kind, '')} | {count} |" for kind, count in found.errors.most_common()),
        "",
        "| part | starts |",
        "|---|---:|",
        *(f"| {part} | {starts} |" for part, starts in outcome.starts.items()),
        "",
        *(outcome.broken or ["Everything holds."]),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()

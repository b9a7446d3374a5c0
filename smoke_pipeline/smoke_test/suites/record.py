"""What is written down of a suite that was begun."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol, Self

from smoke_pipeline.comparison.result import Verdict

GOES_ON, ENDED, UNTOLD = "suite_goes_on", "suite", "suite_untold"
"""Under which a run is kept until it ends, from then on, and until people had the time to hear of it."""
KEPT, NEWS = timedelta(days=365), timedelta(days=2)
FAILED, UNPROVEN, PASSED = Verdict.FAILED.value, Verdict.UNPROVEN.value, Verdict.PASSED.value


class Notes(Protocol):
    """Where suites are kept; `history.keeping.cache` keeps this promise."""

    def get(self, kind: str, key: str) -> Any | None:
        """What is kept under that name."""

    def add(self, kind: str, key: str, value: Any, *, span: timedelta = ...) -> bool:
        """Keep a value unless one is kept already; whether it was added."""

    def put(self, kind: str, key: str, value: Any, *, span: timedelta = ...) -> None:
        """Keep a value in place of an older one."""

    def kept(self, kind: str) -> Mapping[str, Any]:
        """Everything of a kind, by its keys."""

    def forget(self, kind: str, key: str) -> None:
        """Forget one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test of a suite, for one combination of values."""

    label: str
    order: Mapping[str, Any] | None = None
    """Its order, until it is begun; none where it could not even be written."""
    session_id: str | None = None
    verdict: str | None = None
    """Once it has ended; a session without a verdict counts as failed."""
    because: str = ""
    """Why there is no verdict: an error's class and its sentence."""
    counts: str = ""
    """The match score, once there is one."""
    has_report: bool = False

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.verdict is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteRun:
    """A suite that was begun."""

    suite_id: str
    suite: str
    started_at: str
    parallel: int
    driver: str
    """Who goes on with it: `dagster` or `command`."""
    cases: tuple[Case, ...] = field(default=())
    ended_at: str | None = None

    @property
    def verdict(self) -> str | None:
        """The worst of its tests; None while it goes on."""
        if self.ended_at is None:
            return None
        found = {case.verdict for case in self.cases}
        return FAILED if FAILED in found else UNPROVEN if UNPROVEN in found or not found else PASSED

    @property
    def sentence(self) -> str:
        """How many passed."""
        passed = sum(case.verdict == PASSED for case in self.cases)
        going_on = sum(not case.has_ended for case in self.cases)
        rest = f", {going_on:,} go on" if going_on else ""
        return f"{passed:,} of {len(self.cases):,} tests passed{rest}."

    def with_case(self, place: int, case: Case) -> Self:
        """The same with another case in that place."""
        return replace(self, cases=(*self.cases[:place], case, *self.cases[place + 1 :]))

    def to_dict(self) -> dict[str, Any]:
        """The run as JSON holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The run that `to_dict` wrote."""
        return cls(**{**data, "cases": tuple(Case(**case) for case in data["cases"])})


def unended(notes: Notes) -> list[SuiteRun]:
    """The suites that go on, the first one first."""
    found = [SuiteRun.from_dict(kept) for kept in notes.kept(GOES_ON).values()]
    return sorted(found, key=lambda run: (run.started_at, run.suite_id))


def run_of(suite_id: str, notes: Notes) -> SuiteRun | None:
    """The run of that id, whether it has ended or not."""
    found = notes.get(ENDED, suite_id) or notes.get(GOES_ON, suite_id)
    return SuiteRun.from_dict(found) if found else None


def runs_of(notes: Notes, suite: str) -> list[SuiteRun]:
    """The runs of a suite, the newest first."""
    every = {**notes.kept(GOES_ON), **notes.kept(ENDED)}.values()
    found = [SuiteRun.from_dict(kept) for kept in every if kept["suite"] == suite]
    return sorted(found, key=lambda run: (run.started_at, run.suite_id), reverse=True)


def add_run(run: SuiteRun, notes: Notes, now: datetime) -> SuiteRun:
    """Keep a new run under an id of its own."""
    number, name = 1, f"{run.suite}_{now:%Y%m%d_%H%M%S}"
    added = replace(run, suite_id=name)
    while notes.get(ENDED, added.suite_id) is not None or not notes.add(
        GOES_ON, added.suite_id, added.to_dict(), span=KEPT
    ):
        number += 1
        added = replace(run, suite_id=f"{name}_{number}")
    return added


def keep(run: SuiteRun, notes: Notes) -> SuiteRun:
    """Keep what has become of a run that goes on."""
    notes.put(GOES_ON, run.suite_id, run.to_dict(), span=KEPT)
    return run


def put_away(run: SuiteRun, notes: Notes) -> None:
    """Keep a run that has ended; a kill in between repeats it."""
    notes.put(ENDED, run.suite_id, run.to_dict(), span=KEPT)
    news = {"suite": run.suite, "suite_id": run.suite_id, "verdict": run.verdict, "sentence": run.sentence}
    notes.put(UNTOLD, run.suite_id, news, span=NEWS)
    notes.forget(GOES_ON, run.suite_id)

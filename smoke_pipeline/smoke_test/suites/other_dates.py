"""A suite for other days than those that its file names: a range that is caught up on, or done again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pydantic import ValidationError

from smoke_pipeline.comparison.options import nearest
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.smoke_test.suites.dates import Dates
from smoke_pipeline.smoke_test.suites.definition import Suite, SuiteTest


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherDates:
    """What is asked for in place of a suite's days; None is as the suite says."""

    over: str | None = None
    """The parameter of the matrix whose values they are; default: the one that has days."""
    first: str | None = None
    last: str | None = None
    every: str | None = None

    @property
    def is_asked(self) -> bool:
        """Whether anything is asked for."""
        return any((self.over, self.first, self.last, self.every))


def over_dates(suite: Suite, asked: OtherDates, today: date) -> Suite:
    """The suite with other days in every matrix that has the parameter; other tests stay as they are.

    Raises:
        InvalidOptionError: No matrix has it, several might be meant, or what is asked for gives no day.
    """
    if not asked.is_asked:
        return suite
    over = asked.over or _the_one(suite)
    if not any(over in test.matrix for test in suite.tests):
        raise InvalidOptionError(
            f"No matrix of the suite {suite.name!r} has {over!r}.",
            nearest(over, _names(suite.tests)) or ("Name a parameter of a matrix with --over.",),
            {"over": over},
        )
    return suite.model_copy(update={"tests": tuple(_over(test, over, asked, today) for test in suite.tests)})


def _the_one(suite: Suite) -> str:
    """The one parameter of the suite whose values are days."""
    found = sorted(
        {name for test in suite.tests for name, one in test.matrix.items() if isinstance(one, Dates)}
    )
    if len(found) == 1:
        return found[0]
    said = f"has days for {', '.join(found)}" if found else "has no parameter whose values are days"
    raise InvalidOptionError(
        f"The suite {suite.name!r} {said}.",
        ("Say for which parameter of its matrix the days are: --over PARAMETER.",),
        {"suite": suite.name},
    )


def _over(test: SuiteTest, over: str, asked: OtherDates, today: date) -> SuiteTest:
    if over not in test.matrix:
        return test
    written = test.matrix[over]
    own = written.model_dump(by_alias=True, mode="json") if isinstance(written, Dates) else {}
    given = {"from": asked.first, "to": asked.last, "every": asked.every}
    dates = _dates({**own, **{name: value for name, value in given.items() if value}}, over)
    if not dates.values(today, 1):
        raise InvalidOptionError(
            f"There is no {dates.every.value} from {dates.first} to {dates.last}.",
            ("Name an earlier first or a later last day.",),
            {"over": over},
        )
    return test.model_copy(update={"matrix": {**test.matrix, over: dates}})


def _dates(data: dict[str, str], over: str) -> Dates:
    for name, field in (("from", "first_day"), ("to", "last_day")):
        if name not in data:
            raise InvalidOptionError(
                f"The days of {over!r} need a first and a last one.",
                (f"Say it as well: --{name} DAY, or `{field}` at the launchpad.",),
            )
    try:
        return Dates.model_validate(data)
    except ValidationError as error:
        message = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise InvalidOptionError(
            f"The days of {over!r} cannot be used: {message[:1].lower()}{message[1:]}.",
            ("Write days as 2026-01-31, today or today-30d.",),
            {"over": over},
        ) from None


def _names(tests: Iterable[SuiteTest]) -> list[str]:
    return sorted({name for test in tests for name in test.matrix})

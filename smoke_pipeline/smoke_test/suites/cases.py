"""From a suite to its cases: a test for every combination of values, and for every table that is found."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date
from itertools import product

from smoke_pipeline.errors import InvalidOptionError, SmokePipelineError
from smoke_pipeline.smoke_test.named.definition import NamedTest, parse_definition
from smoke_pipeline.smoke_test.named.filling import order_of_test
from smoke_pipeline.smoke_test.named.finding import require_test
from smoke_pipeline.smoke_test.suites.dates import Dates
from smoke_pipeline.smoke_test.suites.definition import Suite, SuiteTest
from smoke_pipeline.smoke_test.suites.record import FAILED, Case
from smoke_pipeline.smoke_test.suites.tables import tables_like
from smoke_pipeline.smoke_test.surroundings import Surroundings


def cases_of(suite: Suite, around: Surroundings) -> tuple[Case, ...]:
    """Everything that is tested; what cannot be is a case that failed.

    Raises:
        InvalidOptionError: These are more tests than the settings allow.
    """
    most, cases = around.settings.suites.most_tests, []
    for test in suite.tests:
        for case in _cases(test, around):
            cases.append(case)
            if len(cases) > most:
                raise InvalidOptionError(
                    f"The suite {suite.name!r} has more than {most:,} tests.",
                    ("Name fewer values or tables.", "Raise the setting suites.most_tests."),
                )
    return tuple(cases)


def today_of(around: Surroundings) -> date:
    """The day on which a suite begins, in UTC."""
    return around.now().astimezone(UTC).date()


def failed(label: str, error: SmokePipelineError) -> Case:
    """A case that has no session, because of that."""
    return Case(label=label, verdict=FAILED, because=because_of(type(error).__name__, error.message))


def because_of(error_type: str, message: str) -> str:
    """Why there is no verdict."""
    return f"{error_type}: {message}"


def _cases(test: SuiteTest, around: Surroundings) -> Iterator[Case]:
    title = test.test or str(test.name)
    try:
        named = _named(test, around)
        matrix = {**_values(test, around), **_tables(test, around)}
    except SmokePipelineError as error:
        yield failed(title, error)
        return
    for values in product(*matrix.values()):
        chosen = dict(zip(matrix, values, strict=True))
        label = ", ".join([title, *(f"{name}={value}" for name, value in chosen.items())])
        try:
            order = order_of_test(named, {**test.parameters, **chosen})
        except SmokePipelineError as error:
            yield failed(label, error)
        else:
            name = label if test.order is not None else order.test_name
            yield Case(
                label=label, order=order.model_copy(update={"test_name": name}).model_dump(mode="json")
            )


def _named(test: SuiteTest, around: Surroundings) -> NamedTest:
    """The test that is meant; an order of the suite's own becomes one that has the parameters it is given."""
    if test.test is not None:
        return require_test(test.test, around)
    names = [*test.parameters, *test.matrix, *(["table"] if test.tables else [])]
    data = {"name": test.name, **dict(test.order or {}), "parameters": {name: {} for name in names}}
    return parse_definition(data, f"The order {test.name!r}")


def _values(test: SuiteTest, around: Surroundings) -> Mapping[str, tuple[str, ...]]:
    """The values of the matrix; of days no more than are needed to tell that these are too many tests."""
    today, most = today_of(around), around.settings.suites.most_tests + 1
    found = {
        name: one.values(today, most) if isinstance(one, Dates) else one for name, one in test.matrix.items()
    }
    for name, values in found.items():
        if not values:
            raise InvalidOptionError(
                f"The days of {name!r} give none today.", ("Name an earlier first or a later last day.",)
            )
    return found


def _tables(test: SuiteTest, around: Surroundings) -> Mapping[str, tuple[str, ...]]:
    if test.tables is None:
        return {}
    preset = test.preset or str((test.order or {}).get("preset") or around.settings.default_preset)
    return {"table": tuple(tables_like(test.tables, around.whereabouts(preset)))}

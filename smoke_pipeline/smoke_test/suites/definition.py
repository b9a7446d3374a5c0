"""What a suite is, as its file says it."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    model_validator,
)

from smoke_pipeline.comparison.options import nearest
from smoke_pipeline.errors import InvalidOptionError, SettingsError, SmokePipelineError
from smoke_pipeline.settings.load import read_yaml
from smoke_pipeline.settings.model import Model, Settings
from smoke_pipeline.settings.paths import project_file
from smoke_pipeline.smoke_test.suites.dates import Dates

NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,59}", re.ASCII)
_CRON = re.compile(r"[\d*/,A-Za-z-]+( [\d*/,A-Za-z-]+){4}", re.ASCII)


def _as_text(value: Any) -> Any:
    """A number or a day as it was written; YAML reads `2026-01-31` as a day."""
    return value if isinstance(value, bool | dict | list) or value is None else str(value)


def _as_cron(text: str) -> str:
    if not _CRON.fullmatch(text):
        raise ValueError("it is no cron schedule of five parts, such as 0 6 * * 1-5")
    return text


def _dates_or_values(value: Any) -> str:
    return "dates" if isinstance(value, Mapping | Dates) else "values"


Text = Annotated[str, BeforeValidator(_as_text)]
Values = Annotated[
    Annotated[Dates, Tag("dates")] | Annotated[tuple[Text, ...], Field(min_length=1), Tag("values")],
    Discriminator(_dates_or_values),
]
"""The values of a parameter, or the days that are its values."""


class Tables(Model):
    """Tables that are looked up when the suite begins; each is a `table` of the matrix."""

    database: Annotated[str, Field(pattern=r"^(mysql|postgres|oracle)\.[^\s.]+$")]
    """A database of the preset, such as `mysql.warehouse`."""
    like: Annotated[str, Field(min_length=1)]
    """A pattern as a shell has it, such as `fact_*`, or `schema.fact_*`."""
    leave_out: tuple[str, ...] = ()
    """Patterns of tables that are left out."""


class SuiteTest(Model):
    """A test of a suite: a named one, or an order of its own; and all for which it is run."""

    test: str | None = None
    """The name of a test."""
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")] | None = None
    """What an order of its own is called."""
    order: Mapping[str, Any] | None = None
    """An order as a named test has it, its places filled from the matrix."""
    preset: str | None = None
    """The preset by which `tables` are looked up; default: the settings' `default_preset`."""
    parameters: dict[str, Text] = {}
    """What holds for every run of it."""
    matrix: dict[str, Values] = {}
    """Parameter -> values or days; the test is run for every combination."""
    tables: Tables | None = None
    """Tables for which it is run."""

    @model_validator(mode="after")
    def _is_one_test(self) -> Self:
        if (self.test is None) == (self.order is None):
            raise ValueError("a test names either `test` or `order`")
        if self.order is not None and self.name is None:
            raise ValueError("an `order` needs a `name`")
        if self.test is not None and self.name is not None:
            raise ValueError("a `test` has its name already")
        twice = set(self.matrix) & ({*self.parameters} | ({"table"} if self.tables else set()))
        if twice:
            raise ValueError(f"{', '.join(sorted(twice))} is said twice")
        return self


class Suite(Model):
    """Many tests that are run together."""

    name: Annotated[str, Field(pattern=rf"^{NAME.pattern}$")]
    description: str = ""
    schedule: Annotated[str, AfterValidator(_as_cron)] | None = None
    """When Dagster runs it, as cron writes it, in UTC; default: on demand alone."""
    parallel: int | None = Field(None, ge=1, le=100)
    """Sessions that Dagster works on at once; default: `suites.parallel`."""
    tests: Annotated[tuple[SuiteTest, ...], Field(min_length=1)]


def all_suites(settings: Settings) -> Iterator[tuple[str, Suite | SmokePipelineError]]:
    """Every suite by its name; one that cannot be used as the reason.

    Raises:
        SettingsError: The folder of suites is not there.
    """
    for file in sorted(suites_folder(settings).glob("*.yaml")):
        try:
            yield file.stem, _read(file)
        except SmokePipelineError as error:
            yield file.stem, error


def require_suite(name: str, settings: Settings) -> Suite:
    """The suite of that name.

    Raises:
        InvalidOptionError: There is none, or it cannot be used.
        SettingsError: Its file cannot be read.
    """
    file = suites_folder(settings) / f"{name}.yaml"
    if not NAME.fullmatch(name) or not file.is_file():
        names = [found.stem for found in suites_folder(settings).glob("*.yaml")]
        raise InvalidOptionError(
            f"There is no suite {name!r}.",
            (*nearest(name, names), "List them: smoke suite list."),
            {"suite": name},
        )
    return _read(file)


def suites_folder(settings: Settings) -> Path:
    """The folder of the suites.

    Raises:
        SettingsError: It is not there.
    """
    if settings.suites.dir is None:
        return project_file("config/suites")
    folder = settings.suites.dir.expanduser().absolute()
    if not folder.is_dir():
        raise SettingsError(
            f"There is no folder {folder} of suites.", ("Make it, or change the setting suites.dir.",)
        )
    return folder


def _read(file: Path) -> Suite:
    try:
        suite = Suite.model_validate({"name": file.stem, **read_yaml(file)})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise InvalidOptionError(
            f"The suite of {file} cannot be used: {where}: {message[:1].lower()}{message[1:]}.",
            ("See docs/suites.md for what a suite may hold.",),
            {"key": where},
        ) from None
    if suite.name != file.stem:
        raise InvalidOptionError(
            f"The file {file} holds the suite {suite.name!r}.", (f"Call it {suite.name}.yaml.",)
        )
    return suite

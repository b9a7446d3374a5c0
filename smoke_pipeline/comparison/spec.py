"""What one comparison is asked to do."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, ByteSize, Field, model_validator

from smoke_pipeline.readers.base import ReadOptions
from smoke_pipeline.settings.model import Model, Percent, Written
from smoke_pipeline.snapshots.manifest import Side

MISMATCHES_FILE = "mismatches.parquet"
"""What the file of every difference is called."""

_DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>[sm])")

Tolerance = Annotated[Decimal, Written, Field(ge=0, allow_inf_nan=False)]
"""A distance in exact decimal arithmetic."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {name!r}; use a name such as Europe/Berlin") from error
    return name


def _known_format(template: str) -> str:
    """A format that can be used; `strptime` tells a bad one only when it meets a value."""
    try:
        datetime.strptime("", template)  # noqa: DTZ007 - only whether it can be read counts
    except ValueError as error:
        if "does not match" not in str(error):
            raise ValueError(f"{template!r} is not a format: {error}") from error
    except re.error as error:  # a directive that stands twice
        raise ValueError(f"{template!r} is not a format: {error.msg}") from error
    return template


class BooleanRule(Model):
    """Which texts are a truth value; compared without regard to case."""

    true: tuple[str, ...] = ("true", "t", "yes", "y", "on", "1")
    false: tuple[str, ...] = ("false", "f", "no", "n", "off", "0")


class DatetimeRule(Model):
    """How a text is read as a date and time."""

    formats: tuple[Annotated[str, AfterValidator(_known_format)], ...] = ()
    """`strptime` formats, tried in order; ISO 8601 is always tried first."""
    zone: Annotated[str, AfterValidator(_known_zone)] | None = None
    """IANA zone of values that carry none; they become instants."""
    precision: Literal["day", "hour", "minute", "second", "millisecond", "microsecond"] | None = None
    """What is finer is cut off."""


def _switched_on(value: Any) -> Any:
    """`datetime: true` is `datetime: {}`, and false leaves the rule out."""
    return {} if value is True else None if value is False else value


class SideRules(Model):
    """Canonicalisations, in the order in which they are applied. Each forgives something, and is counted."""

    null_values: tuple[str, ...] = ()
    """Texts that stand for NULL."""
    empty_is_null: bool = False
    """The empty text is NULL."""
    unicode: Annotated[Literal["nfc"] | None, BeforeValidator(lambda on: "nfc" if on is True else on)] = None
    """Composed and decomposed letters are one."""
    trim: bool = False
    """White space at both ends does not count."""
    rstrip: bool = False
    """Spaces at the end do not count (CHAR padding)."""
    ignore_case: bool = False
    """Upper and lower case are one (Unicode case folding)."""
    boolean: Annotated[BooleanRule | None, BeforeValidator(_switched_on)] = None
    """Texts such as `Y` and `true` are truth values."""
    numeric: bool = False
    """Text is read as an exact decimal: `1.50` is `1.5`."""
    datetime: Annotated[DatetimeRule | None, BeforeValidator(_switched_on)] = None
    """Text is read as a date and time."""
    date_only: bool = False
    """The time of day does not count."""


class ColumnRules(SideRules):
    """The rules of one column."""

    abs_tol: Tolerance | None = None
    """Numbers no further apart than this match."""
    rel_tol: Tolerance | None = None
    """Numbers no further apart than this times the larger of the two magnitudes match."""
    source: SideRules | None = None
    """What is said here holds for the source side instead of what is said above."""
    target: SideRules | None = None
    """What is said here holds for the target side instead of what is said above."""

    @model_validator(mode="before")
    @classmethod
    def _from_names(cls, data: Any) -> Any:
        """`[trim, numeric]` is `{trim: true, numeric: true}`."""
        return {str(rule): True for rule in data} if isinstance(data, list | tuple) else data


Names = Annotated[
    tuple[str, ...], BeforeValidator(lambda names: (names,) if isinstance(names, str) else names)
]
"""Column names; one name needs no list around it."""


def _seconds(value: Any) -> Any:
    """`60s`, `1.5m` or a number of seconds, as seconds."""
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found:
        return float(found["number"]) * (60 if found["unit"] == "m" else 1)
    if isinstance(value, str | bool):
        raise ValueError(f"{value!r} is no duration; write for instance 60s or 5m")  # noqa: TRY004 - pydantic's
    return value


Duration = Annotated[float, BeforeValidator(_seconds), Field(ge=0, le=86_400, allow_inf_nan=False)]
"""Seconds; written with its unit, such as `60s` or `5m`, at most a day."""


class ComparisonSpec(Model):
    """Every option of a comparison; `--options FILE.yaml` holds these keys."""

    key: Literal["auto"] | Names | None = None
    """Columns that identify a row; `auto` finds them; without one whole rows are compared."""
    ignore_columns: Names = ()
    """Columns that play no part; names are those after renaming."""
    ignore_source: Names = ()
    """Columns of the source that play no part."""
    ignore_target: Names = ()
    """Columns of the target that play no part."""
    renames: dict[str, str] = {}
    """Target name -> source name."""
    rules: dict[str, ColumnRules] = {}
    """Column name, or `*` for every column not named otherwise."""
    ruleset: str | None = None
    """A named set of rules of the settings; the rules above go before it."""
    columns: Literal["all", "common"] = "all"
    """`common` compares what both sides have; else a column on one side alone is an error."""
    csv_empty: Literal["null", "exact"] = "null"
    """`exact` keeps a CSV's unquoted empty cell (NULL) apart from its quoted one (the empty text)."""
    case_sensitive: bool = True
    """False turns `ignore_case` on for every column."""
    trim_whitespace: bool = False
    """True turns `trim` on for every column."""
    threshold: Percent | None = None
    """The match score that passes; without it that of the preset or the settings."""
    memory: ByteSize | None = None
    """Memory to plan with; without it that of the preset or the settings."""
    max_mismatches: int | None = Field(None, ge=0)
    """Differing rows to keep; without it that of the settings."""
    all_mismatches: bool = False
    """Whether every difference, kept or not, is written to `mismatches.parquet`."""
    sort_by: Names = ()
    """Columns that put the kept differing rows in order, before the key; the first in that order are kept."""
    chunk_size: int | None = Field(None, ge=1, le=1_000_000)
    """Rows that are read and compared together; without it that of the settings."""
    streaming_threshold: ByteSize | None = None
    """Rows that met no identical one go to disk beyond so many bytes; without it that of the settings."""
    recheck: Duration | None = None
    """Differing keys of tables are read again after so long, and rows that agree then are labelled."""
    source: ReadOptions = ReadOptions()
    """How the source is read, where detection is not wanted."""
    target: ReadOptions = ReadOptions()
    """How the target is read, where detection is not wanted."""

    def read_options(self, side: Side) -> ReadOptions:
        """How a side is read, where detection is not wanted."""
        return self.source if side is Side.SOURCE else self.target

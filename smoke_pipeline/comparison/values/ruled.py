"""Values under rules: what is left of a value once everything that was to be forgiven is gone."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl
import pyarrow as pa

from smoke_pipeline.comparison.spec import BooleanRule, DatetimeRule, SideRules
from smoke_pipeline.comparison.values import moments, numbers
from smoke_pipeline.comparison.values.canonical import text_reader
from smoke_pipeline.comparison.values.families import Family, family_of

RULES = (
    "null_values",
    "empty_is_null",
    "unicode",
    "trim",
    "rstrip",
    "ignore_case",
    "boolean",
    "numeric",
    "datetime",
    "date_only",
    "read_as_type",
)
"""In the order in which they are applied; a rule's place is its bit in a mask."""

_BIT = {rule: 1 << place for place, rule in enumerate(RULES)}
_READING = sum(_BIT[rule] for rule in ("boolean", "numeric", "datetime", "date_only"))
_WITH_DAY = (Family.DATE, Family.TIMESTAMP, Family.INSTANT)


@dataclass(slots=True)
class _Value:
    """One value on its way through the rules."""

    family: Family
    text: str | None
    """The text, or the spelling of a value that is no text; None for NULL."""
    changed: int = 0

    def become(self, rule: str, text: str | None, family: Family | None = None) -> None:
        """Take what `rule` makes of the value, and remember that it did if that is visible."""
        if text != self.text:
            self.changed |= _BIT[rule]
        self.text = text
        self.family = family or self.family


@dataclass(frozen=True, slots=True)
class Ruler:
    """The rules of one column on one side."""

    rules: SideRules
    own_type: pa.DataType
    read_as: pa.DataType | None
    """The other side's type, where this side is text and the other is not."""
    empty_is_null: bool
    """Whether the empty text is NULL anyway."""
    _steps: tuple[Callable[[_Value], None], ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_steps", tuple(_steps(self.rules)))

    def apply(self, values: pl.Series) -> pl.DataFrame:
        """The canonical values under the rules, and which rules changed something.

        Args:
            values: Text as read where this side is text, canonical values (`values.canonical`) otherwise.

        Returns:
            Columns `value` (text or NULL) and `changed` (a mask of `RULES`), row by row.
        """
        distinct = values.unique()
        found = [self._apply_one(value) for value in distinct]
        table = pl.DataFrame(
            {
                "from": distinct,
                "value": pl.Series([value for value, _ in found], dtype=pl.String),
                "changed": pl.Series([changed for _, changed in found], dtype=pl.UInt16),
            }
        )
        asked = pl.DataFrame({"from": values})
        return asked.join(table, on="from", how="left", nulls_equal=True, maintain_order="left").drop("from")

    def _apply_one(self, given: str | None) -> tuple[str | None, int]:
        if given is None:
            return None, 0
        if family_of(self.own_type) is Family.TEXT:
            value = _Value(Family.TEXT, given)
        else:
            value = _Value(Family(given[0]), given[1:])
        for step in self._steps:
            step(value)
            if value.text is None:
                return None, value.changed
        self._finish(value)
        return None if value.text is None else value.family + value.text, value.changed

    def _finish(self, value: _Value) -> None:
        if value.family is Family.TEXT and value.text == "" and self.empty_is_null:
            value.text = None
        elif value.family is Family.TEXT and self.read_as is not None:
            read = text_reader(self.read_as)(value.text or "")
            if read[0] != Family.TEXT:
                value.changed |= _BIT["read_as_type"]
                value.family, value.text = Family(read[0]), read[1:]
        elif value.family is not Family.TEXT and self.read_as is not None and not value.changed & _READING:
            value.changed |= _BIT["read_as_type"]  # a rule read the text, and as it is spelled already


def names_of(mask: int) -> tuple[str, ...]:
    """The rules of a mask."""
    return tuple(rule for rule, bit in _BIT.items() if mask & bit)


def _steps(rules: SideRules) -> list[Callable[[_Value], None]]:
    """The rules that are on, in order."""
    steps: list[tuple[bool, Callable[[_Value], None]]] = [
        (bool(rules.null_values), _null_values(frozenset(rules.null_values))),
        (rules.empty_is_null, _null_values(frozenset({""}), "empty_is_null")),
        (rules.unicode is not None, _on_text("unicode", lambda text: unicodedata.normalize("NFC", text))),
        (rules.trim, _on_text("trim", str.strip)),
        (rules.rstrip, _on_text("rstrip", lambda text: text.rstrip(" "))),
        (rules.ignore_case, _on_text("ignore_case", str.casefold)),
        (rules.boolean is not None, _boolean(rules.boolean or BooleanRule())),
        (rules.numeric, _numeric),
        (rules.datetime is not None, _datetime(rules.datetime or DatetimeRule())),
        (rules.date_only, _date_only),
    ]
    return [step for is_on, step in steps if is_on]


def _null_values(tokens: frozenset[str], rule: str = "null_values") -> Callable[[_Value], None]:
    def step(value: _Value) -> None:
        if value.text in tokens and value.family is not Family.BINARY:
            value.become(rule, None)

    return step


def _on_text(rule: str, change: Callable[[str], str]) -> Callable[[_Value], None]:
    def step(value: _Value) -> None:
        if value.family is Family.TEXT and value.text is not None:
            value.become(rule, change(value.text))

    return step


def _boolean(rule: BooleanRule) -> Callable[[_Value], None]:
    truth = {token.casefold(): "true" for token in rule.true} | {
        token.casefold(): "false" for token in rule.false
    }

    def step(value: _Value) -> None:
        is_candidate = value.family in (Family.TEXT, Family.NUMBER)
        found = truth.get((value.text or "").casefold()) if is_candidate else None
        if found:
            value.become("boolean", found, Family.BOOLEAN)

    return step


def _numeric(value: _Value) -> None:
    if value.family is Family.TEXT and value.text is not None:
        spelling = numbers.spell(value.text)
        if spelling is not None:
            value.become("numeric", spelling, Family.NUMBER)


def _datetime(rule: DatetimeRule) -> Callable[[_Value], None]:
    def step(value: _Value) -> None:
        read = _moment_of(value, rule.formats)
        moment = moments.in_zone(read, rule.zone) if read and rule.zone else read
        if read is None or moment is None:
            return
        if moment.is_instant and not read.is_instant:
            value.changed |= _BIT["datetime"]  # the same clock, and yet another value
        if rule.precision:
            moment = moments.cut(moment, rule.precision)
        canonical = moment.canonical
        value.become("datetime", canonical[1:], Family(canonical[0]))

    return step


def _moment_of(value: _Value, formats: tuple[str, ...]) -> moments.Moment | None:
    """What the `datetime` rule makes of a value: a date is the midnight it begins with."""
    text = value.text or ""
    if value.family in _WITH_DAY:
        return moments.from_canonical(value.family + text)
    if value.family is not Family.TEXT:
        return None
    if found := moments.read_moment(text):
        return found
    if day := moments.read_date(text):
        return moments.from_canonical(day)
    return moments.read_formatted(text, formats)


def _date_only(value: _Value) -> None:
    moment = _moment_of(value, ())
    if moment is not None:
        value.become("date_only", moment.spelling[:10], Family.DATE)

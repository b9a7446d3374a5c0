"""The rules that would forgive a pattern, put over the rules that a column has already."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl

from smoke_pipeline.comparison.columns import SideColumn
from smoke_pipeline.comparison.patterns.details import BETWEEN_SIDES, BETWEEN_WAYS, TRIM, ZONE
from smoke_pipeline.comparison.patterns.one_pair import FORGIVEN_BY, ISO
from smoke_pipeline.comparison.plan import PlannedColumn
from smoke_pipeline.comparison.rules import Forgiveness
from smoke_pipeline.comparison.spec import DatetimeRule, SideRules
from smoke_pipeline.comparison.values.families import Family, family_of
from smoke_pipeline.snapshots.manifest import Side

_SWITCHES = {"trim": True, "ignore_case": True, "unicode": "nfc", "numeric": True, "empty_is_null": True}
_MOMENTS = {Family.TEXT, Family.DATE, Family.TIMESTAMP, Family.INSTANT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What is to be added to the rules of a column."""

    switches: frozenset[str] = frozenset()
    tokens: frozenset[str] = frozenset()
    formats: tuple[str, str] | None = None
    """How dates are written in the source and in the target (`ISO` or a `strptime` format)."""
    has_zone: bool = False
    """Whether moments without a zone are taken for UTC."""

    def over(self, forgiveness: Forgiveness) -> Forgiveness:
        """The rules of a column with these added."""
        return replace(
            forgiveness,
            source=self._over(forgiveness.source, Side.SOURCE),
            target=self._over(forgiveness.target, Side.TARGET),
        )

    def _over(self, rules: SideRules, side: Side) -> SideRules:
        added: dict[str, object] = {name: _SWITCHES[name] for name in self.switches}
        if self.tokens:
            added["null_values"] = (*rules.null_values, *sorted(self.tokens - {*rules.null_values}))
        if self.formats:
            added["datetime"] = self._datetime(rules.datetime or DatetimeRule(), side)
        return rules.model_copy(update=added)

    def _datetime(self, rule: DatetimeRule, side: Side) -> DatetimeRule:
        own = (
            set(self.formats or ())
            if ISO in (self.formats or ())
            else {(self.formats or ())[side is Side.TARGET]}
        )
        new = sorted(own - {ISO, *rule.formats})
        zone = rule.zone or ("UTC" if self.has_zone else None)
        return rule.model_copy(update={"formats": (*rule.formats, *new), "zone": zone})


def remedies(pattern: str, detail: str, column: PlannedColumn) -> Iterator[tuple[str, Remedy]]:
    """What may forgive cells of a pattern, each with the part of the detail that it is for.

    A detail that names several ways to read the two sides has a remedy for each.
    """
    if pattern == "date_format":
        needs, ways = split_ways(detail)
        for way in ways:
            source, _, target = way.partition(BETWEEN_SIDES)
            yield (
                way,
                Remedy(
                    switches=frozenset({"trim"} if TRIM in needs else ()),
                    formats=(source, target),
                    has_zone=ZONE in needs,
                ),
            )
    elif pattern == "null_word" or (pattern == "null_empty" and detail and not column.empty_is_null):
        yield detail, Remedy(tokens=frozenset({detail}))
    elif pattern == "null_empty" and detail:
        yield detail, Remedy(switches=frozenset({"trim"}))
    elif pattern in FORGIVEN_BY:
        yield detail, Remedy(switches=frozenset(FORGIVEN_BY[pattern]))


def split_ways(detail: str) -> tuple[str, list[str]]:
    """What a detail of `date_format` needs beside the formats, and the ways to read both sides."""
    needs, _, ways = detail.rpartition(" ")
    return f"{needs} " if needs else "", ways.split(BETWEEN_WAYS) if ways else []


def proved_patterns(column: PlannedColumn) -> frozenset[str]:
    """The patterns that alone prove that their remedies make cells of the column equal.

    They do where no other rule is in the way and the values are the texts that were looked at, or moments.
    """
    families = {family_of(column.source_type), family_of(column.target_type)}
    if column.forgiveness.has_rules or not families <= _MOMENTS:
        return frozenset()
    return frozenset(FORGIVEN_BY) if families == {Family.TEXT} else frozenset({"date_format"})


def holds(remedy: Remedy, column: PlannedColumn, source: pl.Series, target: pl.Series) -> pl.Series:
    """Which cells are equal once the remedy is added to the rules of the column."""
    ruled = replace(column, forgiveness=remedy.over(column.forgiveness))
    ours, theirs = (
        SideColumn(ruled, side).under_rules(values)["value"]
        for side, values in ((Side.SOURCE, source), (Side.TARGET, target))
    )
    return ours.eq_missing(theirs)

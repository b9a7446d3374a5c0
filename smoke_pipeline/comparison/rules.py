"""Which rules hold for a column on a side, once rule sets, options and short hands are put together."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from smoke_pipeline.comparison.options import nearest, unknown_rule
from smoke_pipeline.comparison.spec import ColumnRules, ComparisonSpec, SideRules
from smoke_pipeline.comparison.values.families import Family
from smoke_pipeline.comparison.values.numbers import tolerance_that_decides
from smoke_pipeline.errors import InvalidOptionError, UnknownPresetError

EVERY_COLUMN = "*"
_EXACT = "exact"
RuleSets = Mapping[str, Mapping[str, Mapping[str, object]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How close two numbers must be to match."""

    abs_tol: Decimal | None
    rel_tol: Decimal | None

    def decides(self, one: str | None, other: str | None) -> str | None:
        """Which tolerance makes two canonical values match, if one does."""
        if one is None or other is None or one[0] != Family.NUMBER or other[0] != Family.NUMBER:
            return None
        return tolerance_that_decides(one[1:], other[1:], self.abs_tol, self.rel_tol)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgiveness:
    """What is forgiven in one column."""

    source: SideRules
    target: SideRules
    tolerance: Tolerance | None = None

    @property
    def has_rules(self) -> bool:
        """Whether any rule is on."""
        return self.source != SideRules() or self.target != SideRules()

    @property
    def is_symmetric(self) -> bool:
        """Whether both sides have the same rules, so that identical cells stay identical under them."""
        return self.source == self.target


class RuleBook:
    """The rules of a comparison, column by column."""

    def __init__(self, spec: ComparisonSpec, rulesets: RuleSets) -> None:
        self._spec = spec
        self._set = _ruleset(spec.ruleset, rulesets)

    @property
    def named_columns(self) -> tuple[str, ...]:
        """Columns that the options name; each must exist."""
        return tuple(name for name in self._spec.rules if name != EVERY_COLUMN)

    def merges_empty(self, source_format: str, target_format: str) -> bool:
        """Whether NULL and the empty text are one value: a CSV's empty cell has no type of its own."""
        return self._spec.csv_empty == "null" and "csv" in (source_format, target_format)

    def forgiveness(self, column: str) -> Forgiveness:
        """What is forgiven in a column."""
        rules = _of(column, self._spec.rules)
        base = _of(column, self._set)
        everywhere = self._everywhere()
        by_side = [
            SideRules.model_validate(
                {
                    **_said(base),
                    **_said_of(base, side),
                    **_said(rules),
                    **_said_of(rules, side),
                    **everywhere,
                }
            )
            for side in ("source", "target")
        ]
        tolerance = _tolerance(base, rules)
        if tolerance:  # a tolerance is about numbers, so text is read as one
            by_side = [side.model_copy(update={"numeric": True}) for side in by_side]
        return Forgiveness(source=by_side[0], target=by_side[1], tolerance=tolerance)

    def _everywhere(self) -> dict[str, Any]:
        """The two switches of every column."""
        case = {} if self._spec.case_sensitive else {"ignore_case": True}
        return case | ({"trim": True} if self._spec.trim_whitespace else {})


def _of(column: str, rules: Mapping[str, ColumnRules]) -> ColumnRules:
    return rules.get(column) or rules.get(EVERY_COLUMN) or ColumnRules()


def _said(rules: ColumnRules) -> dict[str, Any]:
    """The canonicalisations that were written down, for both sides."""
    return {name: getattr(rules, name) for name in rules.model_fields_set & set(SideRules.model_fields)}


def _said_of(rules: ColumnRules, side: str) -> dict[str, Any]:
    own: SideRules | None = getattr(rules, side)
    return {name: getattr(own, name) for name in own.model_fields_set} if own else {}


def _tolerance(base: ColumnRules, rules: ColumnRules) -> Tolerance | None:
    abs_tol = rules.abs_tol if rules.abs_tol is not None else base.abs_tol
    rel_tol = rules.rel_tol if rules.rel_tol is not None else base.rel_tol
    if abs_tol is None and rel_tol is None:
        return None
    return Tolerance(abs_tol=abs_tol, rel_tol=rel_tol)


def _ruleset(name: str | None, rulesets: RuleSets) -> dict[str, ColumnRules]:
    if name is None or (name == _EXACT and name not in rulesets):
        return {}
    if name not in rulesets:
        known = sorted({_EXACT, *rulesets})
        raise UnknownPresetError(
            f"There is no rule set {name!r}.",
            suggestions=(*nearest(name, known), f"The rule sets are {', '.join(known)}."),
        )
    try:
        return {column: ColumnRules.model_validate(rules) for column, rules in rulesets[name].items()}
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        if first["type"] == "extra_forbidden":
            raise unknown_rule(str(first["loc"][-1])) from error
        raise InvalidOptionError(f"The rule set {name!r} cannot be used: {first['msg']}.") from error

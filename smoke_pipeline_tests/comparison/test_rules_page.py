"""Every example of the page of rules is true, and no rule and no rule set is without one."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from smoke_pipeline.comparison.options import parse_rules
from smoke_pipeline.comparison.spec import ColumnRules
from smoke_pipeline.comparison.values.ruled import RULES
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline_tests.comparison.tables import compare_tables, fall

PAGE = (Path(__file__).resolve().parents[2] / "docs/rules.md").read_text(encoding="utf-8")
TYPES: dict[str, tuple[pa.DataType, Callable[[str], Any]]] = {
    "int": (pa.int64(), int),
    "decimal": (pa.decimal128(20, 2), Decimal),
    "double": (pa.float64(), float),
    "date": (pa.date32(), date.fromisoformat),
    "timestamp": (pa.timestamp("us"), datetime.fromisoformat),
    "instant": (pa.timestamp("us", "UTC"), lambda text: datetime.fromisoformat(text).astimezone(UTC)),
    "boolean": (pa.bool_(), lambda text: text == "true"),
}
SHIPPED = load_settings(environ={}).rulesets


@dataclass(frozen=True)
class Example:
    """One line of a table."""

    heading: str
    fields: dict[str, str]

    @property
    def counted(self) -> dict[str, int] | None:
        """How the match is counted; None for values that differ."""
        text = self.fields["counted"]
        return None if text == "differ" else dict.fromkeys(re.findall(r"`(\w+)`", text), 1)

    def __str__(self) -> str:
        rule = self.fields.get("rule set") or self.fields["in a file"]
        return " ".join([rule, self.fields["source"], self.fields["target"]]).replace("`", "")


def lines_of(page: str) -> Iterator[Example]:
    """The lines of all tables that have a source and a target."""
    heading, names = "", list[str]()
    for line in page.splitlines():
        if line.startswith("#"):
            heading = line.strip("# ")
        if not line.startswith("|"):
            names = []
            continue
        cells = [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not names:
            names = cells
        elif "source" in names and not set(line) <= set("|-"):
            yield Example(heading, dict(zip(names, cells, strict=True)))


EXAMPLES = list(lines_of(PAGE))
OF_RULES = [example for example in EXAMPLES if "in a file" in example.fields]
OF_SETS = [example for example in EXAMPLES if "rule set" in example.fields]


def column(written: str) -> pa.Array:
    """The column of one cell, as the page writes it."""
    text = written.strip("`")
    if text == "NULL":
        return pa.array([None], pa.string())
    if text.startswith('"'):
        return pa.array([json.loads(text)], pa.string())
    kind, _, value = text.partition(" ")
    data_type, read = TYPES[kind]
    return pa.array([read(value)], data_type)


def compared(example: Example, **options: Any) -> dict[str, int] | None:
    """How the match of the two cells is counted; None where they differ."""
    source, target = (
        pa.table({"k": ["1"], "v": column(example.fields[side])}) for side in ("source", "target")
    )
    result = compare_tables(source, target, key=("k",), **options)
    return dict(result.equal_under_rule.get("v", {})) if fall(result) == (1, 0, 0, 0) else None


@pytest.mark.parametrize("example", OF_RULES, ids=str)
def test_a_rule_does_what_the_page_says(example: Example) -> None:
    rules = yaml.safe_load(example.fields["in a file"].strip("`"))

    assert compared(example, rules={"v": rules}) == example.counted


@pytest.mark.parametrize("example", [one for one in OF_RULES if one.fields["short hand"]], ids=str)
def test_the_short_hand_says_what_the_file_says(example: Example) -> None:
    short = parse_rules([f"v:{example.fields['short hand'].strip('`')}"])["v"]
    written = yaml.safe_load(example.fields["in a file"].strip("`"))

    assert ColumnRules.model_validate(short) == ColumnRules.model_validate(written)


@pytest.mark.parametrize("example", OF_SETS, ids=str)
def test_a_rule_set_does_what_the_page_says(example: Example) -> None:
    name = example.fields["rule set"].strip("`")

    assert compared(example, ruleset=name, rulesets=SHIPPED) == example.counted


def test_the_rules_stand_on_the_page_in_the_order_in_which_they_are_applied() -> None:
    headings = re.findall(r"^### \d+\. `(\w+)`$", PAGE, flags=re.MULTILINE)

    assert headings == [*(rule for rule in RULES if rule != "read_as_type"), "abs_tol", "rel_tol"]
    assert {*headings, "source", "target"} == set(ColumnRules.model_fields)


def test_each_rule_has_an_example_of_what_it_forgives_and_of_what_it_does_not() -> None:
    for rule in set(ColumnRules.model_fields) - {"source", "target"}:
        found = [one.counted for one in OF_RULES if one.heading.endswith(f"`{rule}`")]

        assert None in found, rule
        assert any(counted and rule in counted for counted in found), rule


@pytest.mark.parametrize("name", SHIPPED)
def test_each_rule_of_a_shipped_rule_set_has_an_example_and_so_has_its_end(name: str) -> None:
    found = [one.counted for one in OF_SETS if one.fields["rule set"] == f"`{name}`"]
    forgiven = {rule for counted in found for rule in counted or ()}

    assert forgiven == {rule for rules in SHIPPED[name].values() for rule in rules}
    assert None in found

"""Options as people write them: a parsed YAML file, and the short hand of the command line."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from smoke_pipeline.comparison.spec import ColumnRules, ComparisonSpec, SideRules
from smoke_pipeline.errors import InvalidOptionError, OptionError, UnknownRuleError

_NAMES_OF_FLAGS = {"ignore": "ignore_columns", "rename": "renames", "rule": "rules"}
_OF_DATETIME = ("zone", "precision")
_SWITCHES = {"true": True, "false": False, "nfc": True}
_BETWEEN = "|"
"""Stands between several values of one rule: tokens of `null_values`, formats of `datetime`."""


def full_names(data: Mapping[str, Any]) -> dict[str, Any]:
    """Options under their own names, where a file calls them as the flags are called; empty ones left out."""
    return {_NAMES_OF_FLAGS.get(name, name): value for name, value in data.items() if value is not None}


def parse_spec(data: Mapping[str, Any]) -> ComparisonSpec:
    """The options of a comparison.

    Raises:
        UnknownRuleError: A rule does not exist.
        InvalidOptionError: An option does not exist, is out of range or malformed.
    """
    try:
        return ComparisonSpec.model_validate(full_names(data))
    except ValidationError as error:
        raise _in_one_sentence(error) from error


def parse_rules(texts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Rules as `--rule 'amount:numeric,abs_tol=0.01'` writes them, by column.

    Raises:
        UnknownRuleError: A rule does not exist.
        InvalidOptionError: The text is not of that form.
    """
    rules: dict[str, dict[str, Any]] = {}
    for text in texts:
        column, colon, names = text.partition(":")
        if not colon or not names.strip():
            raise InvalidOptionError(
                f"--rule {text!r} is not of the form COLUMN:RULE[,RULE…].",
                suggestions=("Write for instance 'amount:numeric,abs_tol=0.01' or '*:trim'.",),
            )
        for name in names.split(","):
            _add_rule(rules.setdefault(column, {}), name)
    return rules


def nearest(word: str, words: Iterable[str]) -> tuple[str, ...]:
    """What may have been meant by `word`, as suggestions for an error."""
    known = list(words)
    lowered = {name.casefold(): name for name in known}
    close = get_close_matches(word, known, n=1) or [
        lowered[name] for name in get_close_matches(word.casefold(), lowered, n=1)
    ]
    return tuple(f"Did you mean {name!r}?" for name in close)


def _add_rule(rules: dict[str, Any], text: str) -> None:
    """Add one rule, `NAME` or `NAME=VALUE`, to those of a column."""
    name, equals, value = (part.strip() for part in text.partition("="))
    if name in _OF_DATETIME:
        rules.setdefault("datetime", {})[name] = value
    elif name == "datetime":
        about = rules.setdefault("datetime", {})
        about["formats"] = [*about.get("formats", ()), *(value.split(_BETWEEN) if equals else ())]
    elif name == "null_values" and equals:
        rules[name] = [*rules.get(name, ()), *value.split(_BETWEEN)]
    elif name in ("abs_tol", "rel_tol") and equals:
        rules[name] = value
    elif name in ("null_values", "abs_tol", "rel_tol"):
        raise InvalidOptionError(f"The rule {name!r} needs a value.", suggestions=(f"Write {name}=….",))
    elif name in SideRules.model_fields:
        rules[name] = _switch(name, value) if equals else True
    else:
        raise unknown_rule(name)


def _switch(name: str, value: str) -> bool:
    if value.lower() not in _SWITCHES:
        raise InvalidOptionError(
            f"The rule {name!r} is on or off, not {value!r}.",
            suggestions=(f"Write {name} alone, or more about it in a file for --options.",),
        )
    return _SWITCHES[value.lower()]


def unknown_rule(name: str) -> UnknownRuleError:
    """The error for a rule that does not exist."""
    known = sorted({*ColumnRules.model_fields} - {"source", "target"})
    return UnknownRuleError(
        f"There is no rule {name!r}.",
        suggestions=(*nearest(name, known), f"The rules are {', '.join(known)}."),
    )


def _in_one_sentence(error: ValidationError) -> OptionError:
    details = error.errors(include_url=False, include_input=False)
    first = max(details, key=lambda detail: len(detail["loc"]))  # of a union, what came closest to fitting
    place = [str(part) for part in first["loc"] if "[" not in str(part)]  # pydantic names union members so
    name = place[-1] if place else "options"
    if first["type"] == "extra_forbidden":
        if place[0] == "rules" and len(place) in (3, 4):
            return unknown_rule(name)
        if place == ["engine"]:
            return _no_engine()
        fields = ComparisonSpec.model_fields
        return InvalidOptionError(
            f"There is no option {'.'.join(place)!r}.",
            suggestions=nearest(name, fields) or (f"The options are {', '.join(fields)}.",),
        )
    message = first["msg"].removeprefix("Value error, ")
    return InvalidOptionError(
        f"The option {'.'.join(place)!r} cannot be used: {message[:1].lower()}{message[1:]}.",
        suggestions=(
            ("Put quotes around a name that YAML takes for something else.",)
            if first["type"] == "string_type"
            else ("See docs/options.md for what each option takes.",)
        ),
        context={"option": ".".join(place)},
    )


def _no_engine() -> InvalidOptionError:
    return InvalidOptionError(
        "Where to compare is no option of the comparison: a session compares its snapshots, "
        "for its source was frozen before the ETL and is in no database any more.",
        suggestions=("Say --engine to `smoke compare`, which compares what there is now.",),
        context={"option": "engine"},
    )

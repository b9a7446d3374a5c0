"""Options as people write them: a parsed YAML file, and the short hand of the command line."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from smoke_pipeline.comparison.spec import ColumnRules, ComparisonSpec
from smoke_pipeline.errors import InvalidOptionError, OptionError, UnknownRuleError

_WITH_VALUE = {"abs_tol", "rel_tol", "null_values", "datetime", "zone", "precision"}
_OF_DATETIME = {"zone", "precision"}


def parse_spec(data: Mapping[str, Any]) -> ComparisonSpec:
    """The options of a comparison.

    Raises:
        UnknownRuleError: A rule does not exist.
        InvalidOptionError: An option does not exist, is out of range or malformed.
    """
    try:
        return ComparisonSpec.model_validate(dict(data))
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
            _add_rule(rules.setdefault(column, {}), name.strip())
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
    name, equals, value = text.partition("=")
    name, value = name.strip(), value.strip()
    known = {*ColumnRules.model_fields, *_OF_DATETIME} - {"source", "target"}
    if name not in known:
        raise unknown_rule(name)
    if equals and name not in _WITH_VALUE:
        raise InvalidOptionError(
            f"The rule {name!r} takes no value on the command line.",
            suggestions=("Write more about it in a file for --options.",),
        )
    if not equals and name in _WITH_VALUE - {"datetime"}:
        raise InvalidOptionError(f"The rule {name!r} needs a value.", suggestions=(f"Write {name}=….",))
    if name in ("datetime", *_OF_DATETIME):
        about = rules.setdefault("datetime", {})
        if name in _OF_DATETIME:
            about[name] = value
        elif equals:
            about["formats"] = value.split("|")
    elif name == "null_values":
        rules[name] = value.split("|")
    else:
        rules[name] = value if equals else True


def unknown_rule(name: str) -> UnknownRuleError:
    """The error for a rule that does not exist."""
    known = sorted({*ColumnRules.model_fields} - {"source", "target"})
    return UnknownRuleError(
        f"There is no rule {name!r}.",
        suggestions=(*nearest(name, known), f"The rules are {', '.join(known)}."),
    )


def _in_one_sentence(error: ValidationError) -> OptionError:
    first = error.errors(include_url=False, include_input=False)[0]
    place = [str(part) for part in first["loc"]]
    name = place[-1] if place else "options"
    if first["type"] == "extra_forbidden":
        if place[0] == "rules" and len(place) in (3, 4):
            return unknown_rule(name)
        fields = ComparisonSpec.model_fields
        return InvalidOptionError(
            f"There is no option {'.'.join(place)!r}.",
            suggestions=nearest(name, fields) or (f"The options are {', '.join(fields)}.",),
        )
    message = first["msg"].removeprefix("Value error, ")
    return InvalidOptionError(
        f"The option {'.'.join(place)!r} cannot be used: {message[:1].lower()}{message[1:]}.",
        suggestions=("See the reference of options in the README.",),
        context={"option": ".".join(place)},
    )

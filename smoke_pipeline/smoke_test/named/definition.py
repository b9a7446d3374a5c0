"""What a named test is: who owns it, its parameters, and the order of its sessions with places in it."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from smoke_pipeline.comparison.options import full_names, nearest
from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.settings.model import Model
from smoke_pipeline.smoke_test.named.places import names_in
from smoke_pipeline.smoke_test.spec import ObjectSide, PathSide, SessionSpec, TableSide, UploadSide

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
LONGEST_VALUE = 1000
ORDER = tuple(name for name in SessionSpec.model_fields if name not in {"test_name", "parameters"})
"""Keys of a session's order that a definition may hold."""
_SIDES: Mapping[str, type[Model]] = {
    "path": PathSide,
    "upload": UploadSide,
    "object": ObjectSide,
    "table": TableSide,
}


def _as_text(value: Any) -> Any:
    """A number or a day as it was written: YAML reads `2026-01-31` as a day."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _compiled(pattern: str | None) -> str | None:
    if pattern is not None:
        try:
            re.compile(pattern)
        except (re.error, RecursionError) as error:
            raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
    return pattern


class Parameter(Model):
    """What is said anew each time a test is run."""

    description: str = ""
    """For people."""
    default: Annotated[str, BeforeValidator(_as_text)] | None = None
    """What holds where nothing is said."""
    pattern: Annotated[str, AfterValidator(_compiled)] | None = None
    """A regular expression that the whole value must match."""
    required: bool | None = None
    """Whether it must be said; default: where there is no `default`."""

    @model_validator(mode="after")
    def _has_a_value(self) -> Self:
        if self.required is False and self.default is None:
            raise ValueError("a parameter that need not be said has a default")
        if self.required and self.default is not None:
            raise ValueError("a parameter that must be said has no default")
        if self.default is not None and (wrong := self.why_not(self.default)):
            raise ValueError(f"the default {wrong}")
        return self

    def why_not(self, value: str) -> str | None:
        """What is wrong with a value, as it goes on after its name; None where nothing is."""
        if len(value) > LONGEST_VALUE or not value.isprintable():
            return f"is not a line of at most {LONGEST_VALUE} printable characters"
        if self.pattern is not None and re.fullmatch(self.pattern, value) is None:
            return f"is {value!r}, which does not match the pattern {self.pattern}"
        return None


class NamedTest(Model):
    """A test that is run by its name."""

    name: Annotated[str, Field(pattern=rf"^{NAME.pattern}$")]
    description: str = ""
    owner: str = ""
    """Who is asked about it."""
    tags: tuple[str, ...] = ()
    parameters: dict[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")], Parameter] = {}
    order: Mapping[str, Any]
    """The order of its sessions, in which `{parameter}` stands for a value."""

    def to_dict(self) -> dict[str, Any]:
        """The definition as a file holds it."""
        about = self.model_dump(mode="json", exclude={"order"}, exclude_defaults=True)
        return {**about, "name": self.name, **self.order}


def parse_definition(data: Mapping[str, Any], origin: str) -> NamedTest:
    """The definition that a file or the history holds.

    Args:
        data: Its keys and values.
        origin: Where it is from, as a person calls it.

    Raises:
        InvalidOptionError: A key or a parameter is unknown or malformed, or is never used.
    """
    about = [name for name in NamedTest.model_fields if name != "order"]
    _require_known(data, [*about, *ORDER, "threshold"], origin)
    order = _plain({name: value for name, value in data.items() if name not in about})
    try:
        test = NamedTest(**{name: data[name] for name in about if name in data}, order=order)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"] if part != "[key]")
        message = first["msg"].removeprefix("Value error, ")
        raise InvalidOptionError(
            f"{origin} cannot be used: {where}: {message[:1].lower()}{message[1:]}.",
            ("See docs/named-tests.md for what a definition may hold.",),
            {"key": where},
        ) from None
    _require_order(order, origin)
    _require_places(test, origin)
    return test


def _require_order(order: Mapping[str, Any], origin: str) -> None:
    """Refuse keys that no value of a parameter could make known."""
    for side in ("source", "target"):
        found = order.get(side)
        if found is None:
            continue
        _require_mapping(found, side, origin)
        kind = _SIDES.get(found.get("kind", "path"))
        if kind is None:
            raise InvalidOptionError(
                f"{origin} names a {side} of the kind {found['kind']!r}.",
                (*nearest(str(found["kind"]), _SIDES), f"The kinds are {', '.join(_SIDES)}."),
            )
        _require_known(found, ["kind", *kind.model_fields], f"The {side} of {origin}")
    if "source" not in order:
        raise InvalidOptionError(f"{origin} names no source.", ("Say where the data before lies.",))
    comparison = order.get("comparison", {})
    _require_mapping(comparison, "comparison", origin)
    _require_known(full_names(comparison), list(ComparisonSpec.model_fields), f"The comparison of {origin}")
    if "threshold" in order and "threshold" in comparison:
        raise InvalidOptionError(f"{origin} says the threshold twice.", ("Leave one of them out.",))


def _require_places(test: NamedTest, origin: str) -> None:
    """Refuse places that nothing is known of, and parameters that are of no use."""
    used = {name for text in _texts(test.order) for name in names_in(text)}
    for name in sorted(used - set(test.parameters)):
        raise InvalidOptionError(
            f"{origin} has a place {{{name}}}, and no parameter of that name.",
            (*nearest(name, test.parameters), "Write {{ and }} for braces that are none of a place."),
        )
    for name in sorted(set(test.parameters) - used):
        raise InvalidOptionError(
            f"{origin} has a parameter {name!r} that no value uses.",
            (f"Write {{{name}}} where it is to stand, or leave it out.",),
        )


def _require_known(data: Mapping[str, Any], known: list[str], origin: str) -> None:
    for name in data:
        if name not in known:
            raise InvalidOptionError(
                f"{origin} holds the unknown key {name!r}.",
                nearest(str(name), known) or (f"The keys are {', '.join(known)}.",),
                {"key": str(name)},
            )


def _require_mapping(value: Any, name: str, origin: str) -> None:
    if not isinstance(value, Mapping):
        raise InvalidOptionError(f"The {name} of {origin} is no `key: value`.", ("Write one key a line.",))


def _plain(value: Any) -> Any:
    """Values as JSON has them, days as they are written."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


def _texts(value: Any) -> Iterator[str]:
    """Every text that is a value; a key is never filled in."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)

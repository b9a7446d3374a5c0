"""A session's order from outside: plain values in, a checked `SessionSpec` out."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from smoke_pipeline.comparison.options import parse_spec
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.smoke_test.spec import SessionSpec


def read_order(values: Mapping[str, Any]) -> SessionSpec:
    """The order that a launchpad, a file or a command line wrote.

    Raises:
        InvalidOptionError: A value is missing, unknown, malformed or out of range.
        UnknownRuleError: A rule does not exist.
    """
    given = dict(values)
    for side in ("source", "target"):
        if isinstance(given.get(side), Mapping):
            given[side] = {"kind": "path", **given[side]}
    if isinstance(given.get("comparison"), Mapping):
        given["comparison"] = parse_spec(given["comparison"])
    try:
        return SessionSpec.model_validate(given)
    except ValidationError as error:
        wrong = tuple(f"{_where(one['loc'])}: {one['msg']}" for one in error.errors(include_url=False))
        raise InvalidOptionError(
            f"The session's order cannot be used: {'; '.join(wrong)}.",
            suggestions=("Compare the order with the fields of `start_session` on Dagster's launchpad.",),
            context={"fields": [_where(one["loc"]) for one in error.errors(include_url=False)]},
        ) from None


def _where(location: tuple[int | str, ...]) -> str:
    """The field as a person writes it, such as `comparison.threshold`."""
    return ".".join(str(part) for part in location) or "order"

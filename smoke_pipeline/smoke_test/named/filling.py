"""From a named test and what is said for its parameters to the order of a session."""

from collections.abc import Mapping
from typing import Any

from smoke_pipeline.comparison.options import nearest
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.readers.tables.guard_words import WORDS, DatabaseKind
from smoke_pipeline.smoke_test.named.definition import NamedTest
from smoke_pipeline.smoke_test.named.places import filled_part, filled_sql, filled_text, names_in
from smoke_pipeline.smoke_test.spec import SessionSpec, read_order

_LYING = ("source", "target", "etl")
"""Keys of an order that say where something lies."""
_SQL = ("where_clause", "query", "casts")
_PARTS = ("path", "key", "bucket")


def order_of_test(test: NamedTest, given: Mapping[str, str]) -> SessionSpec:
    """The order of a session of the test.

    Args:
        test: The test.
        given: What is said for its parameters.

    Raises:
        InvalidOptionError: A parameter is unknown, missing or malformed, or the order cannot be used.
        QueryRefusedError: SQL of the definition holds what could be read in another way.
    """
    values = values_of(test, given)
    order = {
        name: _filled_place(value, values) if name in _LYING else _filled(value, values)
        for name, value in test.order.items()
    }
    comparison = {"key": "auto", **order.pop("comparison", {})}
    if "threshold" in order:
        comparison["threshold"] = order.pop("threshold")
    return read_order({**order, "comparison": comparison, "test_name": test.name, "parameters": dict(values)})


def values_of(test: NamedTest, given: Mapping[str, str]) -> Mapping[str, str]:
    """A value for each parameter: what is said, or its default.

    Raises:
        InvalidOptionError: A parameter is unknown, missing, or not of its pattern.
    """
    for name in given:
        if name not in test.parameters:
            raise InvalidOptionError(
                f"The test {test.name!r} has no parameter {name!r}.",
                nearest(name, test.parameters) or (f"It has {', '.join(test.parameters) or 'none'}.",),
                {"parameter": name},
            )
    values = {name: given.get(name, one.default) for name, one in test.parameters.items()}
    if missing := [name for name, value in values.items() if value is None]:
        raise InvalidOptionError(
            f"The test {test.name!r} needs {', '.join(missing)}.",
            (f"Say it as well: --param {missing[0]}=…",),
            {"missing": missing},
        )
    for name, value in values.items():
        if value is not None and (wrong := test.parameters[name].why_not(value)):
            raise InvalidOptionError(f"The parameter {name} {wrong}.", context={"parameter": name})
    return {name: value for name, value in values.items() if value is not None}


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    """The value with every text in it filled; keys, numbers and switches stay."""
    if isinstance(value, str):
        return filled_text(value, values)
    if isinstance(value, Mapping):
        return {name: _filled(inner, values) for name, inner in value.items()}
    return [_filled(inner, values) for inner in value] if isinstance(value, list) else value


def _filled_place(place: Any, values: Mapping[str, str]) -> Any:
    """Where something lies, filled so that no value becomes SQL or leads to another folder."""
    if not isinstance(place, Mapping):
        return _filled(place, values)
    database = filled_text(str(place.get("database", "")), values)
    filled: dict[str, Any] = {}
    for name, value in place.items():
        if name in _SQL:
            filled[name] = _filled_sql(value, values, database, is_query=name == "query")
        elif name in _PARTS and isinstance(value, str):
            filled[name] = filled_part(value, values)
        else:
            filled[name] = _filled(value, values)
    return filled


def _filled_sql(value: Any, values: Mapping[str, str], database: str, *, is_query: bool) -> Any:
    if isinstance(value, Mapping):
        return {
            name: _filled_sql(inner, values, database, is_query=is_query) for name, inner in value.items()
        }
    if not isinstance(value, str):
        return value
    if not names_in(value):
        return filled_text(value, values)
    return filled_sql(value, values, _kind_of(database), is_query=is_query)


def _kind_of(database: str) -> DatabaseKind:
    """What kind of database reads the SQL."""
    kind = database.partition(".")[0]
    found = next((one for one in WORDS if one == kind), None)
    if found is None:
        raise InvalidOptionError(
            f"A value in SQL needs to know the database, and {database!r} names none.",
            (f"Write it as KIND.NAME; the kinds are {', '.join(WORDS)}.",),
        )
    return found

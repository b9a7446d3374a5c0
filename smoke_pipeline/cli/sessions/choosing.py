"""Whether `smoke run` and `smoke start` are given a named test or a place, and the order of the test."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from smoke_pipeline.cli.flags import pairs_of
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.smoke_test.named.filling import order_of_test
from smoke_pipeline.smoke_test.named.finding import find_test, require_test
from smoke_pipeline.smoke_test.spec import SessionSpec
from smoke_pipeline.smoke_test.surroundings import Surroundings

PREFIX = "test:"
"""Before a name that a file has, too."""
_OF_ALL = {"source", "target", "params", "form"}

param_option: Callable[[Callable[..., None]], Callable[..., None]] = click.option(
    "--param",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of a named test; SOURCE is its name.",
)


def named_order(
    source: str, target: str | None, params: Sequence[str], around: Surroundings
) -> SessionSpec | None:
    """The order of the named test that is meant; None where a place is.

    Args:
        source: The name of a test, or where the data before lies.
        target: Where the data after lies; no test has one.
        params: What was said for parameters.
        around: Where tests are kept.

    Raises:
        InvalidOptionError: Both or neither are there, or a parameter cannot be used.
        SettingsError: The file of the test cannot be read.
    """
    name = source.removeprefix(PREFIX)
    is_meant = name != source or bool(params)
    if target is not None and is_meant:
        raise InvalidOptionError(
            f"A named test says its own target, and {target} was given as well.", ("Leave it out.",)
        )
    if target is not None or (not is_meant and find_test(name, around) is None):
        return None
    if name == source and Path(source).exists():
        raise InvalidOptionError(
            f"{source!r} is a test as well as a file.",
            (f"Write {PREFIX}{source} for the test.", f"Write ./{source} for the file."),
        )
    given = pairs_of(
        params, "--param", "NAME=VALUE", "Write it like contract_number=12345.", may_be_empty=True
    )
    return order_of_test(require_test(name, around), given)


def require_no_more(ctx: click.Context) -> None:
    """Refuse flags beside the name of a test, which says all of it itself.

    Raises:
        InvalidOptionError: One was given.
    """
    given: Mapping[str, Any] = ctx.params
    for parameter in ctx.command.params:
        name = str(parameter.name)
        is_given = ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if name in given and name not in _OF_ALL and is_given:
            raise InvalidOptionError(
                f"A named test says itself how it is run, and {parameter.opts[0]} was given as well.",
                ("Leave it out, or make it a parameter of the test.",),
            )

"""The flags that run a suite for other days than its own."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from smoke_pipeline.smoke_test.suites.dates import Every
from smoke_pipeline.smoke_test.suites.other_dates import OtherDates

_FLAGS = (
    click.option("--from", "first", metavar="DAY", help="First day, instead of that of the suite's matrix."),
    click.option("--to", "last", metavar="DAY", help="Last day; also today, or today-30d."),
    click.option("--every", type=click.Choice([one.value for one in Every]), help="Which days between them."),
    click.option(
        "--over", metavar="PARAMETER", help="Whose values they are; default: the one that has days."
    ),
)


def dates_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the flags, and hand it what they ask for as `dates`."""

    @wraps(command)
    def with_dates(
        *args: Any, first: str | None, last: str | None, every: str | None, over: str | None, **others: Any
    ) -> None:
        command(*args, dates=OtherDates(first=first, last=last, every=every, over=over), **others)

    found: Callable[..., None] = with_dates
    for flag in reversed(_FLAGS):
        found = flag(found)
    return found

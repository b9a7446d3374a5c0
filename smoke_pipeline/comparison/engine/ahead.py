"""Work that is done before it is asked for."""

from collections.abc import Iterator
from concurrent.futures import Executor
from typing import TypeVar

_T = TypeVar("_T")


def ahead(items: Iterator[_T], pool: Executor) -> Iterator[_T]:
    """The same, the next one always being made already."""
    end = object()
    coming = pool.submit(next, items, end)
    while (item := coming.result()) is not end:
        coming = pool.submit(next, items, end)
        yield item  # type: ignore[misc]

"""Pairs whose counts are known from how they were made, in every place that a session can read."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

Row = tuple[int, int, str]


class Way(StrEnum):
    """How a session comes to its two sides."""

    UPLOADED = "uploaded"
    HANDED_IN = "handed_in"
    MARIADB = "mariadb"
    POSTGRES = "postgres"
    OBJECTS = "objects"
    WEBHOOK = "webhook"
    MARKER = "marker"


SIGNALLED = (Way.WEBHOOK, Way.MARKER)
"""Started on Dagster's page; a signal tells that the ETL has run."""


@dataclass(frozen=True)
class Counts:
    """What a comparison finds."""

    verdict: str
    matched: int
    mismatched: int = 0
    source_only: int = 0
    target_only: int = 0


@dataclass(frozen=True)
class Pair:
    """Two tables, and what comparing them finds."""

    number: int
    source: Sequence[Row]
    target: Sequence[Row]
    counts: Counts


def pairs(count: int, rows: int, seed: int) -> list[Pair]:
    """Pairs that differ from each other; every third one is equal."""
    chance = random.Random(seed)
    return [_pair(number, rows + number, chance) for number in range(count)]


def _pair(number: int, rows: int, chance: random.Random) -> Pair:
    source = [(n, chance.randrange(10_000), f"name {n}") for n in range(rows)]
    if number % 3 == 0:
        return Pair(number, source, list(source), Counts("passed", rows))
    changed, gone, new = (chance.randint(1, 9) for _ in range(3))
    picked = chance.sample(range(rows), changed + gone)
    others, lost = set(picked[:changed]), set(picked[changed:])
    target = [(n, amount + (n in others), name) for n, amount, name in source if n not in lost]
    target += [(rows + n, 0, "new") for n in range(new)]
    return Pair(number, source, target, Counts("failed", rows - changed - gone, changed, gone, new))


def as_csv(rows: Sequence[Row]) -> bytes:
    """The rows as a file."""
    return "".join(_lines(rows)).encode()


def as_statements(table: str, rows: Sequence[Row]) -> Sequence[str]:
    """The rows as a table of a database."""
    values = ", ".join(f"({n}, {amount}, '{name}')" for n, amount, name in rows)
    return (
        f"CREATE TABLE {table} (id INT PRIMARY KEY, amount INT, name VARCHAR(40))",
        f"INSERT INTO {table} VALUES {values}",
    )


def _lines(rows: Sequence[Row]) -> Iterator[str]:
    yield "id,amount,name\n"
    yield from (f"{n},{amount},{name}\n" for n, amount, name in rows)

"""What a case is: two small files, a key, and what is true of them."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.parquet as pq

TYPE_MAY_COUNT = "the type of a column may count as well as its values"
TYPES_MAY_BE_WANTED = "the cells of a CSV may have to be given types first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """How the rows of the two sides fall."""

    matched: int = 0
    mismatched: int = 0
    source_only: int = 0
    target_only: int = 0
    by_column: Mapping[str, int] = field(default_factory=dict)
    """Mismatched cells, by column."""
    duplicates: tuple[int, int] = (0, 0)
    """Rows beyond the first of each repeated key, of the source and of the target."""

    @property
    def is_same(self) -> bool:
        """Whether there is no difference at all."""
        return not (self.mismatched or self.source_only or self.target_only)

    def swapped(self) -> "Truth":
        """What is true when the two sides change places."""
        return replace(
            self,
            source_only=self.target_only,
            target_only=self.source_only,
            duplicates=(self.duplicates[1], self.duplicates[0]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The tables are not to be compared: no answer is right but that."""

    error: str
    """The class of the error that `smoke compare` answers with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file as it lies on disk."""

    suffix: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A pair of tables and what is true of them."""

    name: str
    """What it is about, in a few words joined by hyphens."""
    source: File
    target: File
    answer: Truth | Refusal
    key: tuple[str, ...] = ("id",)
    """The key columns; () compares whole rows."""
    convention: str = ""
    """Why another tool may decide otherwise; empty where there is one right answer."""

    def swapped(self) -> "Case":
        """The same with the two sides in each other's place."""
        answer = self.answer.swapped() if isinstance(self.answer, Truth) else self.answer
        return replace(self, source=self.target, target=self.source, answer=answer)


def csv(*lines: str) -> File:
    """A CSV in UTF-8 with these lines."""
    return raw("".join(f"{line}\n" for line in lines))


def raw(content: str | bytes, suffix: str = ".csv") -> File:
    """A file of just this text or these bytes."""
    return File(suffix=suffix, content=content.encode() if isinstance(content, str) else content)


def parquet(columns: Mapping[str, pa.Array] | pa.Table | None = None, **named: pa.Array) -> File:
    """A Parquet file; columns whose names are no names of Python come as a mapping."""
    table = columns if isinstance(columns, pa.Table) else pa.table({**(columns or {}), **named})
    content = io.BytesIO()
    pq.write_table(table, content)
    return File(suffix=".parquet", content=content.getvalue())


def numbered(rows: int) -> pa.Array:
    """Ids from 1 on."""
    return pa.array(range(1, rows + 1), pa.int64())


def column_pair(
    source: pa.Array, target: pa.Array, source_name: str = "value", target_name: str = "value"
) -> tuple[File, File]:
    """Two Parquet files of an id and one column."""
    return (
        parquet({"id": numbered(len(source)), source_name: source}),
        parquet({"id": numbered(len(target)), target_name: target}),
    )


def text_pair(source: Sequence[str], target: Sequence[str]) -> tuple[File, File]:
    """Two CSVs of an id and one column; the texts stand as they would in a file, quotes included."""
    return (
        csv("id,value", *(f"{number},{text}" for number, text in enumerate(source, 1))),
        csv("id,value", *(f"{number},{text}" for number, text in enumerate(target, 1))),
    )


def same(rows: int, duplicates: tuple[int, int] = (0, 0)) -> Truth:
    """Every row matches."""
    return Truth(matched=rows, duplicates=duplicates)


def changed(
    by_column: Mapping[str, int] | None = None, *, matched: int = 0, rows: int = 1, duplicates=(0, 0)
) -> Truth:
    """Some rows differ in some cells; one cell of `value` unless said otherwise."""
    return Truth(
        matched=matched, mismatched=rows, by_column=by_column or {"value": rows}, duplicates=duplicates
    )


def alone(
    *, matched: int = 0, source: int = 0, target: int = 0, duplicates: tuple[int, int] = (0, 0)
) -> Truth:
    """Some rows stand on one side alone."""
    return Truth(matched=matched, source_only=source, target_only=target, duplicates=duplicates)


def case(
    name: str,
    pair: tuple[File, File],
    answer: Truth | Refusal,
    *,
    key: tuple[str, ...] = ("id",),
    convention: str = "",
) -> Case:
    """A case of a pair."""
    source, target = pair
    return Case(name=name, source=source, target=target, answer=answer, key=key, convention=convention)

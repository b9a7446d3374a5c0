"""The comparison as stages of data frames: hash, settle by hash, fetch what is left, compare it in parts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_

import pyarrow as pa
from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as sql

from smoke_pipeline.comparison.findings.found import Found
from smoke_pipeline.comparison.spark.carried_errors import carrying_errors
from smoke_pipeline.comparison.spark.tables import TableFile
from smoke_pipeline.comparison.spark.work import (
    FETCHED,
    FOUND,
    MASK,
    Work,
    Worker,
    compare_parts,
    fetch_rows,
    founds,
    hash_rows,
    hashed_schema,
    masks_of,
)
from smoke_pipeline.snapshots.manifest import Side

_SQL_TYPES = {pa.int8(): "tinyint", pa.int32(): "int", pa.int64(): "bigint", pa.binary(): "binary"}


def far_files(spark: SparkSession, address: str, side: Side) -> tuple[TableFile, ...]:
    """The files at an address, in order of name."""
    found = _binary(spark, [address]).select("path", "length").orderBy("path").collect()
    return tuple(
        TableFile(side=side, place=row["path"], is_far=True, size_bytes=row["length"]) for row in found
    )


def content_of(spark: SparkSession, file: TableFile) -> bytes:
    """The bytes of a far file."""
    (row,) = _binary(spark, [file.place]).select("content").collect()
    return bytes(row["content"])


def frame_of_files(spark: SparkSession, files: Sequence[TableFile]) -> DataFrame:
    """A row for each file: its number, and its content if it is far."""
    near = [number for number, file in enumerate(files) if not file.is_far]
    far = {file.place: number for number, file in enumerate(files) if file.is_far}
    frames = []
    if near:
        numbers = spark.range(0, len(near), 1, len(near)).select(
            sql.element_at(sql.array(*map(sql.lit, near)), sql.col("id").cast("int") + 1).alias("file")
        )
        frames.append(
            numbers.select(sql.col("file").cast("int"), sql.lit(None).cast("binary").alias("content"))
        )
    if far:
        known = spark.createDataFrame([*far.items()], "path string, file int")
        found = _binary(spark, [*far]).select("path", "content")
        frames.append(found.join(sql.broadcast(known), "path").select("file", "content"))
    return frames[0] if len(frames) == 1 else frames[0].unionByName(frames[1])


def _binary(spark: SparkSession, places: list[str]) -> DataFrame:
    return spark.read.format("binaryFile").load(places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashed:
    """The hashes of all rows, kept by Spark, and what the files told of themselves."""

    kept: DataFrame
    rows: DataFrame
    rows_of: dict[int, int]
    """File -> rows."""
    empty_lines_of: dict[int, int]
    """File -> empty lines."""


def hashed(files: DataFrame, work: Work) -> Hashed:
    """Read all files once."""
    found = _mapped(files, hash_rows(work), hashed_schema(work.settled.plan))
    found = found.persist(StorageLevel.MEMORY_AND_DISK)
    ends = found.where("empty_lines is not null").select("file", "row", "empty_lines").collect()
    return Hashed(
        kept=found,
        rows=found.where("empty_lines is null").drop("empty_lines"),
        rows_of={row["file"]: row["row"] for row in ends},
        empty_lines_of={row["file"]: row["empty_lines"] for row in ends},
    )


def left_over(rows: DataFrame, work: Work) -> DataFrame:
    """The rows that no hash settles: an anti join of the two sides, as multisets.

    Settled are, with a key, two identical rows where the key stands once on each side; without one, rows that
    stand as often on each side.
    """
    group = Window.partitionBy("group1", "group2")
    ours, theirs = (sql.count_if(sql.col("side") == side).over(group) for side in (0, 1))
    is_settled = ours == theirs
    if work.settled.plan.key:
        same = (sql.min(name).over(group) == sql.max(name).over(group) for name in ("row1", "row2"))
        is_settled = reduce(and_, same, is_settled & (ours == 1))
    masks = [name for name in rows.columns if name.startswith(MASK)]
    marked = rows.withColumn("is_settled", is_settled)
    left = marked.where(~sql.col("is_settled")).select("side", "file", "row", *masks)
    return left.persist(StorageLevel.MEMORY_AND_DISK)


def rows_left(left: DataFrame) -> tuple[int, int]:
    """How many rows of each side no hash settled."""
    counts = left.agg(*(sql.count_if(sql.col("side") == side) for side in (0, 1))).collect()[0]
    return int(counts[0]), int(counts[1])


def readings(rows: DataFrame, work: Work) -> dict[str, int]:
    """How many values of each column that is text on one side only the rows of the source have."""
    plan, together = work.settled.plan, masks_of(work.settled.plan)
    if not together:
        return {}
    sums = [
        sql.sum(sql.shiftright(f"{MASK}{number}", bit).bitwiseAND(sql.lit(1)))
        for number, places in enumerate(together)
        for bit in range(len(places))
    ]
    found = rows.where("side = 0").agg(*sums).collect()[0]
    return {
        plan.columns[place].name: int(cells or 0)
        for place, cells in zip((place for places in together for place in places), found, strict=True)
    }


def found_in_parts(
    files: DataFrame, left: DataFrame, work: Work, first_rows: dict[int, int], parts: int
) -> Iterator[Found]:
    """What comparing the rows that are left finds, part by part."""
    number = len(work.files)  # said outright, or Spark may think one task enough for reading all files
    wanted = left.groupBy("file").agg(sql.collect_list("row").alias("wanted"))
    reading = files.repartition(number, "file").join(wanted.repartition(number, "file"), "file")
    fetched = _mapped(reading, fetch_rows(work, first_rows, parts), FETCHED)
    dealt = fetched.repartition(parts, "part").sortWithinPartitions("part", "side")
    for row in _mapped(dealt, compare_parts(work), FOUND).toLocalIterator():
        yield founds().validate_json(bytes(row["found"]))


def release(hashed: Hashed, left: DataFrame) -> None:
    """Let Spark forget what it kept."""
    left.unpersist()
    hashed.kept.unpersist()


def _mapped(frame: DataFrame, worker: Worker, schema: pa.Schema) -> DataFrame:
    types = ", ".join(f"{field.name} {_SQL_TYPES[field.type]}" for field in schema)
    return frame.mapInArrow(carrying_errors(worker), types)

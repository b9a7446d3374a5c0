"""The comparison as stages of data frames: hash, settle by hash, fetch what is left, compare it in parts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sql

from smoke_pipeline.comparison.findings.found import Found
from smoke_pipeline.comparison.findings.tally import Tally
from smoke_pipeline.comparison.result import EngineFacts
from smoke_pipeline.comparison.spark.carried_errors import carrying_errors
from smoke_pipeline.comparison.spark.tables import TableFile
from smoke_pipeline.comparison.spark.work import (
    FETCHED,
    FOUND,
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

_GROUP = ["group1", "group2"]
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


def settled_groups(rows: DataFrame, work: Work) -> DataFrame:
    """Groups whose rows need no further look, with the number of `pairs` of identical rows in each.

    With a key: one row on each side, and they are identical. Without one: as many of a row on each side.
    """
    groups = rows.groupBy(*_GROUP).agg(
        sql.count_if(sql.col("side") == 0).alias("pairs"),
        sql.count_if(sql.col("side") == 1).alias("others"),
        *(sql.min(name).alias(f"least_{name}") for name in ("row1", "row2")),
        *(sql.max(name).alias(f"largest_{name}") for name in ("row1", "row2")),
    )
    same = "pairs = others and least_row1 = largest_row1 and least_row2 = largest_row2"
    return groups.where(same + (" and pairs = 1" if work.settled.plan.key else "")).select(*_GROUP, "pairs")


def matched(rows: DataFrame, groups: DataFrame, work: Work) -> Tally:
    """The counts of what was settled by hash."""
    plan, tally = work.settled.plan, Tally()
    tally.matched = groups.agg(sql.coalesce(sql.sum("pairs"), sql.lit(0))).collect()[0][0]
    places = masks_of(plan)
    if not places:
        return tally
    sums = [
        sql.sum(sql.shiftright(f"has_{number}", bit).bitwiseAND(sql.lit(1)))
        for number, together in enumerate(places)
        for bit in range(len(together))
    ]
    found = rows.where("side = 0").join(groups, _GROUP, "left_semi").agg(*sums).collect()[0]
    for place, cells in zip([place for together in places for place in together], found, strict=True):
        tally.forgive(plan.columns[place].name, "read_as_type", cells or 0)
    return tally


def left_over(rows: DataFrame, groups: DataFrame) -> DataFrame:
    """For each file the places of its rows that no hash settled."""
    rest = rows.join(groups, _GROUP, "left_anti")
    wanted = rest.groupBy("file").agg(sql.collect_list("row").alias("wanted"))
    return wanted.persist(StorageLevel.MEMORY_AND_DISK)


def found_in_parts(
    files: DataFrame, wanted: DataFrame, work: Work, first_rows: dict[int, int], parts: int
) -> Iterator[Found]:
    """What comparing the rows that are left finds, part by part."""
    fetched = _mapped(files.join(wanted, "file"), fetch_rows(work, first_rows, parts), FETCHED)
    dealt = fetched.repartition(parts, "part").sortWithinPartitions("part", "side")
    for row in _mapped(dealt, compare_parts(work), FOUND).toLocalIterator():
        yield founds().validate_json(bytes(row["found"]))


def rows_left(wanted: DataFrame) -> int:
    """How many rows no hash settled, of both sides together."""
    return int(wanted.agg(sql.coalesce(sql.sum(sql.size("wanted")), sql.lit(0))).collect()[0][0])


def release(hashed: Hashed, wanted: DataFrame) -> None:
    """Let Spark forget what it kept."""
    wanted.unpersist()
    hashed.kept.unpersist()


def facts(residue_rows: int) -> EngineFacts:
    """What Spark itself did."""
    return EngineFacts(tier="spark", chunks=0, residue_rows=residue_rows)


def _mapped(frame: DataFrame, worker: Worker, schema: pa.Schema) -> DataFrame:
    types = ", ".join(f"{field.name} {_SQL_TYPES[field.type]}" for field in schema)
    return frame.mapInArrow(carrying_errors(worker), types)

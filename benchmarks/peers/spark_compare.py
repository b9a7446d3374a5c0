"""datacompy's SparkSQLCompare on all cores of this machine, the cells of a CSV as text; counts alone.

`python -m benchmarks.peers.spark_compare SOURCE TARGET KEY`
"""

import json
import sys

from datacompy.spark import SparkSQLCompare
from pyspark.sql import DataFrame, SparkSession

DRIVER_MEMORY = "6g"
"""On one machine the driver does the work, and with its default of one gigabyte it stops."""
SHUFFLE_PARTITIONS = 8
"""Its default of 200 is for a cluster, and only costs time here."""


def main() -> None:
    """Compare, count, print."""
    source, target, key = sys.argv[1:]
    spark = (
        SparkSession.builder.master("local[*]")
        .appName("peer")
        .config("spark.driver.memory", DRIVER_MEMORY)
        .config("spark.sql.shuffle.partitions", SHUFFLE_PARTITIONS)
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    try:
        compare = SparkSQLCompare(spark, _read(spark, source), _read(spark, target), join_columns=key)
        answer = {
            "mismatched": compare.intersect_rows.count() - compare.count_matching_rows(),
            "source_only": compare.df1_unq_rows.count(),
            "target_only": compare.df2_unq_rows.count(),
            "mismatch_by_column": {
                one["column"]: int(one["unequal_cnt"]) for one in compare.column_stats if one["unequal_cnt"]
            },
        }
    finally:
        spark.stop()
    print(json.dumps(answer))


def _read(spark: SparkSession, path: str) -> DataFrame:
    if path.endswith(".parquet"):
        return spark.read.parquet(path)
    return spark.read.csv(path, header=True, quote='"', escape='"')


if __name__ == "__main__":
    main()

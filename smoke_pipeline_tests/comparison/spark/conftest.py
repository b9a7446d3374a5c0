"""One Spark for all tests of a process: starting it takes longer than most of them."""

import pytest
from pyspark.sql import SparkSession

from smoke_pipeline.comparison.spark.session import spark_session

CONFIG = {
    "spark.master": "local[2]",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}


@pytest.fixture(scope="session")
def spark():
    SparkSession.builder.config(map=CONFIG).getOrCreate()
    with spark_session() as session:
        yield session

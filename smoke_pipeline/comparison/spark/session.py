"""Spark's session, opened and closed here, with its errors in our words."""

import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from smoke_pipeline.comparison.spark.carried_errors import unpacked_error
from smoke_pipeline.errors import DependencyMissingError, EngineFailedError, ObjectNotFoundError

_QUIET = {
    "spark.ui.showConsoleProgress": "false",
    "spark.executorEnv.PYTHONWARNINGS": "ignore",
}
_ROWS_AT_ONCE = 4
"""Rows handed to a worker at once: each may hold a whole file, or many rows of a table."""
_BEYOND = re.compile(r"exceeds? the maximum|maxLength|max length|larger than", re.IGNORECASE)


@contextmanager
def spark_session() -> Iterator[SparkSession]:
    """Spark as its own configuration describes it; without any, on all processors of this machine.

    Raises:
        DependencyMissingError: There is no Java.
        EngineFailedError: Spark could not be started.
    """
    session = _started()
    try:
        yield session
    finally:
        session.stop()


@contextmanager
def in_our_words() -> Iterator[None]:
    """Tell errors of Spark as ours, and nothing of its view of pandas, which plays no part here.

    Raises:
        EngineFailedError: Spark stopped.
        ObjectNotFoundError: There is nothing at an address.
        SmokePipelineError: What a worker met.
    """
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
            yield
    except (PySparkException, Py4JError) as error:
        text = str(error)
        ours = unpacked_error(text)
        if ours is not None:
            raise ours from error
        if "PATH_NOT_FOUND" in text or "FileNotFoundException" in text:
            raise ObjectNotFoundError(
                "Spark finds no file there.",
                suggestions=("Check the address and the rights of Spark's user.",),
            ) from error
        if _BEYOND.search(text) and "binaryFile" in text:
            raise EngineFailedError(
                "A file is too large to be handed to one worker, which takes files of up to 2 GB.",
                suggestions=("Write the table as several files in one folder.",),
            ) from error
        first = next((line for line in text.splitlines() if line.strip()), "no reason given")
        raise EngineFailedError(
            f"Spark stopped: {first.strip().rstrip('.')}.", suggestions=("Read the log of Spark.",)
        ) from error


def _started() -> SparkSession:
    builder = SparkSession.builder.appName("smoke_pipeline")
    for name, value in _QUIET.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except (PySparkException, Py4JError, OSError) as error:
        if "JAVA" in str(error) or isinstance(error, OSError):
            raise DependencyMissingError(
                "The engine spark needs Java, which could not be started.",
                suggestions=("Install Java 17 or newer (Debian: apt-get install openjdk-17-jre-headless).",),
            ) from error
        raise EngineFailedError(f"Spark could not be started: {error}.") from error
    context = session.sparkContext
    context.setLogLevel("ERROR")
    if str(context.master).startswith("local"):
        context.pythonExec = sys.executable
    session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", _ROWS_AT_ONCE)
    return session

"""`smoke compare --engine spark`, as its users meet it."""

import json
import os
import subprocess
import sys

import pytest

VOLATILE = {"elapsed_s", "peak_memory_mb", "engine"}
ROWS = "id,v\n" + "".join(f"{n},{n % 7}\n" for n in range(50))


@pytest.fixture
def sides(tmp_path):
    (tmp_path / "a.csv").write_text(ROWS, "utf-8")
    (tmp_path / "b.csv").write_text(ROWS.replace("\n33,5\n", "\n33,6\n"), "utf-8")
    return str(tmp_path / "a.csv"), str(tmp_path / "b.csv")


def smoke(*arguments, program="from smoke_pipeline.cli.main import main; main()", **variables):
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", **variables},
    )


@pytest.mark.java
def test_spark_prints_what_the_local_engine_prints(sides):
    spark, local = (
        smoke("compare", *sides, "--key", "id", "--format", "json", "--engine", engine)
        for engine in ("spark", "local")
    )

    assert (spark.returncode, local.returncode) == (1, 1)
    found, expected = (
        {name: value for name, value in json.loads(run.stdout).items() if name not in VOLATILE}
        for run in (spark, local)
    )
    assert found == expected
    assert found["mismatched"] == 1


def test_without_pyspark_it_is_said_how_to_get_it(sides):
    hidden = "import sys; sys.modules['pyspark'] = None; from smoke_pipeline.cli.main import main; main()"

    run = smoke("compare", *sides, "--engine", "spark", program=hidden)

    assert run.returncode == 2
    assert "needs pyspark, which is not installed" in run.stderr
    assert "pip install 'smoke-pipeline[spark]'" in run.stderr
    assert "Traceback" not in run.stderr


def test_without_java_it_is_said_how_to_get_it(sides):
    run = smoke("compare", *sides, "--engine", "spark", JAVA_HOME="/nowhere")

    assert run.returncode == 2
    assert "needs Java, which could not be started" in run.stderr
    assert "Traceback" not in run.stderr


def test_an_address_is_for_spark(sides):
    run = smoke("compare", "s3a://bucket/a.csv", sides[1])

    assert run.returncode == 2
    assert "s3a://bucket/a.csv is an address" in run.stderr
    assert "--engine spark" in run.stderr

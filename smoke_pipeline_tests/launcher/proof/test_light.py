"""The launcher stays a small process: what compares and what runs pipelines is not in it."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HEAVY = {"dagster", "dagster_graphql", "datacompy", "pandas", "pyspark", "oracledb", "pymysql"}


def test_the_launcher_loads_nothing_that_compares_or_runs_pipelines():
    program = (
        "import json, sys, smoke_pipeline.launcher.__main__, smoke_pipeline.launcher.server\n"
        f"print(json.dumps(sorted({HEAVY!r} & set(sys.modules))))"
    )

    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (json.loads(run.stdout), run.stderr) == ([], "")


def test_what_the_readme_shows_was_recorded():
    recorded = (ROOT / "smoke_pipeline_tests/data/golden/conversation.txt").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    _, _, shown = readme.partition("as it was recorded:\n\n```text\n")

    assert shown.partition("```")[0].strip() in recorded

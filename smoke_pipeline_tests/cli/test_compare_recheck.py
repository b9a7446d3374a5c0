"""`smoke compare --recheck`: differing keys of tables are read again after a while."""

import csv
import io
import json
import subprocess
import sys
import zipfile

import pyarrow.parquet as pq
import pytest
import yaml

from smoke_pipeline_tests.cli.comparing import answer, compare, files, refusal
from smoke_pipeline_tests.cli.served import smoke

ROWS = (
    "CREATE TABLE s (id INT, v TEXT)",
    "CREATE TABLE t (id INT, v TEXT)",
    "INSERT INTO s VALUES (1, 'a'), (2, 'b'), (3, 'c')",
    "INSERT INTO t VALUES (1, 'a'), (2, 'x'), (4, 'd')",
)
SIDES = ("postgres.warehouse:s", "postgres.warehouse:t")


@pytest.fixture
def in_postgres(postgres, fill_postgres, tmp_path, monkeypatch):
    """Settings that name a PostgreSQL with two tables."""
    named = postgres.model_dump(mode="json") | {"password": postgres.password.get_secret_value()}
    presets = {"development": {"postgres": {"warehouse": named}}}
    path = tmp_path / "settings.yaml"
    path.write_text(yaml.safe_dump({"presets": presets}), "utf-8")
    monkeypatch.setenv("SMOKE_SETTINGS", str(path))
    monkeypatch.setenv("SMOKE_COMPARISON__SPILL_DIR", str(tmp_path / "spill"))
    fill_postgres(*ROWS)
    return tmp_path


def test_rows_that_are_fixed_while_it_waits_are_told_as_in_flight(in_postgres, fill_postgres):
    out = in_postgres / "out"
    flags = ("--key", "id", "--recheck", "2s", "--format", "json", "--out", str(out), "--all-mismatches")
    command = [sys.executable, "-m", "smoke_pipeline.cli", "compare", *SIDES, *flags]

    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr
        assert running.stdout
        told = running.stderr.readline()
        fill_postgres("UPDATE t SET v = 'b' WHERE id = 2", "INSERT INTO s VALUES (4, 'd')")
        found = json.loads(running.stdout.read())

    assert told == "Waiting 2 s before the differing keys are read again.\n"
    assert running.returncode == 1
    assert found["recheck"] == {
        "waited_s": 2.0,
        "keys": 3,
        "in_flight": 2,
        "in_flight_mismatched": 1,
        "in_flight_source_only": 0,
        "in_flight_target_only": 1,
        "not_rechecked": 0,
        "impossible_because": None,
    }
    assert (found["mismatched"], found["source_only"], found["verdict"]) == (1, 1, "failed")
    lines = pq.read_table(out / "mismatches.parquet").to_pylist()
    assert {(line["key:id"], line["in_flight"]) for line in lines} == {
        ("2", True),
        ("3", False),
        ("4", True),
    }
    with zipfile.ZipFile(out / "comparison_report.zip") as bundle:
        rows = [*csv.DictReader(io.StringIO(bundle.read("mismatches.csv").decode(), newline=""))]
        page = bundle.read("report.html").decode()
        summary = json.loads(bundle.read("summary.json"))
    assert [(row["key:id"], row["in_flight"]) for row in rows] == [("2", "true"), ("3", ""), ("4", "true")]
    assert page.count('<span class="tag">in flight</span>') == 2
    assert "2 rows agree now, of 3 looked at again" in page
    assert summary["recheck"] == found["recheck"]


def test_the_answer_says_in_words_what_was_found(in_postgres):
    result = compare(*SIDES, "--key", "id", "--recheck", "0s")

    assert "no row that differed agrees: none was in flight" in result.stdout
    assert "keys read again" in result.stdout
    assert "Waiting 0 s before the differing keys are read again." in result.stderr.splitlines()
    assert not list((in_postgres / "spill").glob("*/*"))


def test_an_options_file_asks_for_it_as_well(in_postgres):
    (options,) = files(in_postgres, "key: id\nrecheck: 0s\n", names=("options.yaml",))

    assert answer(*SIDES, "--options", options)["recheck"]["keys"] == 3


def test_the_settings_bound_the_keys(in_postgres, monkeypatch):
    monkeypatch.setenv("SMOKE_COMPARISON__RECHECK_MAX_KEYS", "1")

    found = answer(*SIDES, "--key", "id", "--recheck", "0s")

    assert (found["recheck"]["keys"], found["recheck"]["not_rechecked"]) == (1, 2)


def test_what_cannot_be_rechecked_is_refused_before_anything_is_read(tmp_path):
    sides = files(tmp_path, "id\n1\n", "id\n2\n")

    assert "there is no key" in refusal(*sides, "--recheck", "5s")[0]
    assert "neither side is one" in refusal(*sides, "--recheck", "5s", "--key", "id")[0]
    assert "60s or 5m" in refusal(*sides, "--recheck", "soon", "--key", "id")[0]
    assert "less than or equal" in refusal(*sides, "--recheck", "2000m", "--key", "id")[0]


@pytest.mark.parametrize("engine", ["spark", "pushdown"])
def test_another_engine_does_not_recheck(tmp_path, engine):
    sides = files(tmp_path, "id\n1\n", "id\n2\n")

    lines = refusal(*sides, "--recheck", "5s", "--key", "id", "--engine", engine)

    assert lines[0] == f"Error: A recheck is part of the local engine, and the engine is {engine}."


def test_without_a_recheck_nothing_is_said_of_one(tmp_path):
    sides = files(tmp_path, "id\n1\n", "id\n2\n")

    assert answer(*sides, "--key", "id")["recheck"] is None
    assert "again" not in compare(*sides, "--key", "id").stdout


@pytest.mark.services
def test_a_session_is_rechecked_by_the_step_that_compares(in_postgres, open_folder):
    data = open_folder / "rechecks"
    data.mkdir()

    done = smoke(data, "run", *SIDES, "--key", "id", "--recheck", "0s", "--format", "json")

    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    assert (found["verdict"], found["result"]["recheck"]["keys"]) == ("failed", 3)
    shown = smoke(data, "show", found["session_id"]).stdout
    assert "no row that differed agrees: none was in flight" in shown

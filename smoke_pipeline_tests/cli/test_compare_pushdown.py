"""`smoke compare --engine pushdown`."""

import csv
import zipfile

import pytest
import yaml

from smoke_pipeline_tests.cli.comparing import answer, compare, fall, files, refusal
from smoke_pipeline_tests.readers.tables.fixtures import Served

pytestmark = pytest.mark.services
ROWS = ", ".join(f"({number}, 'row {number}')" for number in range(1, 101))


@pytest.fixture
def tables(served: Served, tmp_path, monkeypatch) -> Served:
    """Two tables that differ in one row, and settings that know their database."""
    for name in ("orders", "orders_new"):
        served.fill(
            f"CREATE TABLE {name} (id INT PRIMARY KEY, note VARCHAR(20))", f"INSERT INTO {name} VALUES {ROWS}"
        )
    served.fill("UPDATE orders_new SET note = 'row 7 ' WHERE id = 7")
    plain = served.settings.model_dump(mode="json") | {
        "password": served.settings.password.get_secret_value()
    }
    path = tmp_path / "settings.yaml"
    path.write_text(yaml.safe_dump({"presets": {"development": {served.kind: {"a": plain}}}}), "utf-8")
    monkeypatch.setenv("SMOKE_SETTINGS", str(path))
    monkeypatch.setenv("SMOKE_COMPARISON__SPILL_DIR", str(tmp_path / "spill"))
    return served


def sides(served: Served) -> tuple[str, str]:
    return f"{served.kind}.a:orders", f"{served.kind}.a:orders_new"


def test_two_tables_are_compared_where_they_are(tables, tmp_path):
    found = answer(*sides(tables), "--key", "id", "--engine", "pushdown")

    assert fall(found) == (99, 1, 0, 0)
    assert found["engine"]["tier"] == "pushdown"
    assert found["engine"]["segments_read"] == 1
    assert 2 <= found["engine"]["rows_read"] < 200
    assert not list((tmp_path / "spill").glob("*/*"))


def test_the_answer_is_that_of_the_local_engine(tables):
    here = answer(*sides(tables), "--key", "id")
    there = answer(*sides(tables), "--key", "id", "--engine", "pushdown")

    left_out = {"elapsed_s", "peak_memory_mb", "engine", "source", "target", "differences"}
    assert {name: it for name, it in there.items() if name not in left_out} == {
        name: it for name, it in here.items() if name not in left_out
    }


def test_a_report_tells_the_row_by_its_key(tables, tmp_path):
    result = compare(*sides(tables), "--key", "id", "--engine", "pushdown", "--out", tmp_path / "out")

    assert (result.exit_code, result.stderr) == (1, "")
    with zipfile.ZipFile(tmp_path / "out" / "comparison_report.zip") as bundle:
        (kept,) = csv.DictReader(bundle.read("mismatches.csv").decode("utf-8-sig").splitlines())
    assert (kept["key:id"], kept["source_value"], kept["target_value"]) == ("7", "row 7", "row 7 ")
    assert (kept["source_row"], kept["target_row"]) == ("", "")


def test_a_file_beside_a_table_is_refused(tables, tmp_path):
    (path,) = files(tmp_path, "id,note\n1,x\n")

    lines = refusal(sides(tables)[0], path, "--key", "id", "--engine", "pushdown")

    assert lines[0].startswith("Error: Only tables can be compared in their database")
    assert "--engine local" in lines[1]


def test_a_recheck_is_refused(tables):
    lines = refusal(*sides(tables), "--key", "id", "--engine", "pushdown", "--recheck", "1s")

    assert "the engine is pushdown" in lines[0]

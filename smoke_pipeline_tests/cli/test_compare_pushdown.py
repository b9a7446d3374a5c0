"""`smoke compare --engine pushdown`."""

import csv
import zipfile

import pytest
import yaml

from smoke_pipeline_tests.cli.comparing import answer, compare, fall, files, refusal

pytestmark = pytest.mark.services
ROWS = ", ".join(f"({number}, 'row {number}')" for number in range(1, 101))


@pytest.fixture(params=[pytest.param("mysql", marks=pytest.mark.mariadb), "postgres"])
def sides(request, tmp_path, monkeypatch) -> tuple[str, str]:
    """Two tables that differ in one row, in a database that the settings know."""
    kind = request.param
    database, fill = request.getfixturevalue(kind), request.getfixturevalue(f"fill_{kind}")
    for name in ("orders", "orders_new"):
        fill(
            f"CREATE TABLE {name} (id INT PRIMARY KEY, note VARCHAR(20))", f"INSERT INTO {name} VALUES {ROWS}"
        )
    fill("UPDATE orders_new SET note = 'row 7 ' WHERE id = 7")
    plain = database.model_dump(mode="json") | {"password": database.password.get_secret_value()}
    path = tmp_path / "settings.yaml"
    path.write_text(yaml.safe_dump({"presets": {"development": {kind: {"a": plain}}}}), "utf-8")
    monkeypatch.setenv("SMOKE_SETTINGS", str(path))
    monkeypatch.setenv("SMOKE_COMPARISON__SPILL_DIR", str(tmp_path / "spill"))
    return f"{kind}.a:orders", f"{kind}.a:orders_new"


def test_two_tables_are_compared_where_they_are(sides, tmp_path):
    found = answer(*sides, "--key", "id", "--engine", "pushdown")

    assert fall(found) == (99, 1, 0, 0)
    assert found["engine"]["tier"] == "pushdown"
    assert found["engine"]["segments_read"] == 1
    assert 2 <= found["engine"]["rows_read"] < 200
    assert not list((tmp_path / "spill").glob("*/*"))


def test_the_answer_is_that_of_the_local_engine(sides):
    here = answer(*sides, "--key", "id")
    there = answer(*sides, "--key", "id", "--engine", "pushdown")

    left_out = {"elapsed_s", "peak_memory_mb", "engine", "source", "target", "differences"}
    assert {name: it for name, it in there.items() if name not in left_out} == {
        name: it for name, it in here.items() if name not in left_out
    }


def test_a_report_tells_the_row_by_its_key(sides, tmp_path):
    result = compare(*sides, "--key", "id", "--engine", "pushdown", "--out", tmp_path / "out")

    assert (result.exit_code, result.stderr) == (1, "")
    with zipfile.ZipFile(tmp_path / "out" / "comparison_report.zip") as bundle:
        (kept,) = csv.DictReader(bundle.read("mismatches.csv").decode("utf-8-sig").splitlines())
    assert (kept["key:id"], kept["source_value"], kept["target_value"]) == ("7", "row 7", "row 7 ")
    assert (kept["source_row"], kept["target_row"]) == ("", "")


def test_a_file_beside_a_table_is_refused(sides, tmp_path):
    (path,) = files(tmp_path, "id,note\n1,x\n")

    lines = refusal(sides[0], path, "--key", "id", "--engine", "pushdown")

    assert lines[0].startswith("Error: Only tables can be compared in their database")
    assert "--engine local" in lines[1]


def test_a_recheck_is_refused(sides):
    lines = refusal(*sides, "--key", "id", "--engine", "pushdown", "--recheck", "1s")

    assert "the engine is pushdown" in lines[0]

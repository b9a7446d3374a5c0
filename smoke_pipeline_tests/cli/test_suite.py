"""`smoke suite` as a person gives it."""

import json

import pytest
from click.testing import CliRunner

from smoke_pipeline.cli.main import main

pytestmark = pytest.mark.services

SUITE = """
tests:
  - name: files
    matrix: {name: [good, bad]}
    order:
      source: {path: "FOLDER/{name}.before.csv"}
      target: {path: "FOLDER/{name}.after.csv"}
      comparison: {key: id}
"""


@pytest.fixture
def give(open_folder, tmp_path, monkeypatch):
    """Give a command over a data folder of the module's tests; its status and what it says."""
    for name, after in (("good", "Anna"), ("bad", "Berta")):
        (tmp_path / f"{name}.before.csv").write_text("id,name\n1,Anna\n")
        (tmp_path / f"{name}.after.csv").write_text(f"id,name\n1,{after}\n")
    suites = tmp_path / "suites"
    suites.mkdir()
    (suites / "nightly.yaml").write_text(SUITE.replace("FOLDER", str(tmp_path)))
    (suites / "fine.yaml").write_text(SUITE.replace("FOLDER", str(tmp_path)).replace("[good, bad]", "[good]"))
    (suites / "never.yaml").write_text("tests: [{test: airport-frequencies}]")
    monkeypatch.setenv("SMOKE_DATA_DIR", str(open_folder / "suites"))
    monkeypatch.setenv("SMOKE_SUITES__DIR", str(suites))

    def give(*words):
        found = CliRunner().invoke(main, ["suite", *words])
        return found.exit_code, found.stdout, found.stderr

    return give


def test_a_suite_is_run_summed_up_and_shown(give):
    listed = give("list", "--format", "json")
    status, told, _ = give("run", "nightly", "--format", "json")
    shown = give("show", "nightly")

    found = json.loads(told)
    assert [one["suite"] for one in json.loads(listed[1])["suites"]] == ["fine", "never", "nightly"]
    assert (status, found["verdict"], found["summary"]) == (1, "failed", "1 of 2 tests passed.")
    assert [test["verdict"] for test in found["tests"]] == ["passed", "failed"]
    assert shown[0] == 1
    assert "suite nightly  FAILED  1 of 2 tests passed." in shown[1]
    assert found["folder"] in shown[1]


def test_where_all_passed_the_exit_status_says_so(give):
    assert give("run", "fine")[0] == 0


def test_a_suite_that_is_not_there_or_was_not_run_is_told(give):
    missing, unrun = give("run", "nihgtly"), give("show", "never")

    assert (missing[0], unrun[0]) == (2, 2)
    assert "There is no suite 'nihgtly'." in missing[2]
    assert "was not run yet" in unrun[2]


def test_a_suite_is_run_for_the_days_that_are_named(give):
    days = ("--over", "name", "--from", "2026-01-01", "--to", "2026-02-28", "--every", "month-end")

    status, told, _ = give("run", "nightly", *days, "--format", "json")

    assert status == 1
    assert [test["test"] for test in json.loads(told)["tests"]] == [
        "files, name=2026-01-31",
        "files, name=2026-02-28",
    ]


def test_days_without_a_parameter_that_has_days_are_refused(give):
    status, _, complaint = give("run", "nightly", "--from", "2026-01-01")

    assert status == 2
    assert "has no parameter whose values are days" in complaint

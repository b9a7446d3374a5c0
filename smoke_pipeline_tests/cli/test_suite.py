"""`smoke suite` as a person gives it."""

import json
import os
import subprocess

import pytest
from click.testing import CliRunner

from smoke_pipeline.cli.main import main
from smoke_pipeline.history.sharing import postgres
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline_tests.cli.served import SMOKE

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


def test_a_run_that_was_killed_is_gone_on_with_and_no_test_is_run_twice(give):
    with postgres(load_settings()):
        killed = subprocess.Popen(
            [*SMOKE, "suite", "run", "nightly"], env=dict(os.environ), stderr=subprocess.PIPE, text=True
        )
        begun = []
        for line in killed.stderr:
            begun += [line.split()[0]] if line.rstrip().endswith("…") else []
            if len(begun) == 2:
                break
        while_it_goes_on = give("run", "nightly", "--resume")
        killed.kill()
        killed.wait()
        killed.stderr.close()
        status, told, said = give("run", "nightly", "--resume", "--format", "json")
        again = give("run", "nightly", "--resume")

    found = json.loads(told)
    assert while_it_goes_on[0] == 2
    assert "at this moment" in while_it_goes_on[2]
    assert [test["session_id"] for test in found["tests"]] == begun
    assert [test["verdict"] for test in found["tests"]] == ["passed", "failed"]
    assert (status, begun[0] in said) == (1, False)
    assert again[0] == 2
    assert "No run of the suite 'nightly' was left in the middle." in again[2]


def test_a_run_is_gone_on_with_for_its_own_days(give):
    status, _, said = give("run", "nightly", "--resume", "--from", "2026-01-01", "--to", "2026-02-28")

    assert status == 2
    assert "--resume goes on with the days of before" in said

"""Named tests and accepted differences on the command line, over a real PostgreSQL."""

import json

import pytest
from click.testing import CliRunner

from smoke_pipeline.cli.main import main
from smoke_pipeline.history.access.audit import AuditLog
from smoke_pipeline.history.sharing import postgres
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline_tests.cli.access.world import made_world
from smoke_pipeline_tests.cli.served import smoke

pytestmark = pytest.mark.services

DEFINITION = """
name: {name}
description: Orders of a day.
owner: anna
tags: [nightly]
parameters:
  day: {{pattern: "[a-z]+"}}
  level: {{default: 100}}
source: {{path: "before-{{day}}.csv"}}
target: {{path: "after-{{day}}.csv"}}
threshold: "{{level}}"
comparison: {{key: id}}
"""


@pytest.fixture(scope="module")
def data(open_folder):
    """A data folder whose PostgreSQL runs all the time."""
    folder = open_folder / "named"
    with postgres(load_settings(environ={}, overrides={"data_dir": str(folder)})):
        yield folder


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of named tests with one in it, and its two tables."""
    found = tmp_path / "tests"
    found.mkdir()
    (found / "orders.yaml").write_text(DEFINITION.format(name="orders"))
    (found / "before-monday.csv").write_text("id,amount\n1,10\n2,20\n")
    (found / "after-monday.csv").write_text("id,amount\n1,10\n2,21\n")
    monkeypatch.setenv("SMOKE_TESTS_DIR", str(found))
    monkeypatch.chdir(tmp_path)
    return found


def told(data, *arguments):
    run = smoke(data, *arguments, "--format", "json")
    assert run.stdout, run.stderr
    return run.returncode, json.loads(run.stdout)


def give(world, *words, who=None, **more):
    return CliRunner().invoke(main, words, env=world.variables(who, **more))


@pytest.fixture
def world(postgres_url, tmp_path):
    return made_world(postgres_url, str(tmp_path / "data"))


def test_a_test_is_run_by_name_its_differences_accepted_and_others_found(data, folder):
    run = ("run", "orders", "--param", "day=monday")
    status, first = told(data, *run)
    assert (status, first["verdict"], first["test_name"]) == (1, "failed", "orders")

    accepted = told(data, "accept", first["session_id"], "--reason", "rounded since March")
    again = told(data, *run)
    (folder / "after-monday.csv").write_text("id,amount\n1,11\n2,21\n")
    worse = told(data, *run)
    shown = told(data, "baseline", "show", "orders")
    series = told(data, "trends", "orders")
    dropped = smoke(data, "baseline", "drop", "orders")

    assert (accepted[0], accepted[1]["differences"]) == (0, 1)
    assert (again[0], again[1]["verdict"]) == (0, "passed")
    assert again[1]["result"]["baseline"]["sentence"].startswith("1 difference accepted by local")
    assert (worse[0], worse[1]["verdict"], worse[1]["result"]["baseline"]["new"]) == (1, "failed", 1)
    assert [one["reason"] for one in shown[1]["baselines"]] == ["rounded since March"]
    assert len(series[1]["points"]) == 3
    assert dropped.returncode == 0, dropped.stderr
    assert "Nothing was accepted" in smoke(data, "baseline", "show", "nothing").stdout


def test_a_test_is_started_by_name_and_gone_on_with(data, folder):
    _, started = told(data, "start", "orders", "--param", "day=monday", "--param", "level=10")
    status, outcome = told(data, "continue", started["session_id"])

    assert started["step"] == "awaiting_etl"
    assert (status, outcome["verdict"]) == (0, "passed")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(["orders"], "needs day", id="no parameter"),
        pytest.param(["orders", "--param", "dya=x"], "Did you mean 'day'?", id="unknown parameter"),
        pytest.param(["orders", "--param", "day=1"], "does not match the pattern", id="pattern"),
        pytest.param(["orders", "--param", "day"], "NAME=VALUE", id="no value"),
        pytest.param(["order", "--param", "day=monday"], "Did you mean 'orders'?", id="unknown test"),
        pytest.param(["test:order"], "There is no test 'order'", id="unknown test by its prefix"),
        pytest.param(["orders", "--param", "day=monday", "--threshold", "1"], "--threshold was", id="flag"),
        pytest.param(["orders", "b.csv", "--param", "day=monday"], "its own target", id="target"),
        pytest.param(["both", "--param", "day=monday"], "test:both", id="a test as well as a file"),
        pytest.param(["./both"], "both is one file and no ZIP", id="the file of that name"),
        pytest.param(["nothing"], "nothing", id="neither"),
        pytest.param(["broken", "--param", "a=b"], "unknown key 'sauce'", id="broken"),
    ],
)
def test_what_is_refused_is_said_in_one_sentence(words, sentence, data, folder, tmp_path):
    (folder / "both.yaml").write_text(DEFINITION.format(name="both"))
    (folder / "broken.yaml").write_text("name: broken\nsauce: 1\n")
    (tmp_path / "both").write_text("id\n1\n")

    run = smoke(data, "run", *words)

    assert run.returncode == 2
    assert run.stderr.startswith("Error: ")
    assert sentence in run.stderr
    assert "Traceback" not in run.stderr


def test_tests_are_listed_with_what_is_wrong_with_them(world, folder):
    (folder / "broken.yaml").write_text("name: other\nsource: {path: a}\n")

    text = give(world, "tests", "list", SMOKE_TESTS_DIR=str(folder))
    tagged = give(world, "tests", "list", "--tag", "nightly", "--format", "json", SMOKE_TESTS_DIR=str(folder))
    table = give(world, "tests", "list", "--format", "csv", SMOKE_TESTS_DIR=str(folder))
    checked = give(world, "tests", "check", SMOKE_TESTS_DIR=str(folder))
    unknown = give(world, "tests", "check", "order", SMOKE_TESTS_DIR=str(folder))

    assert "Orders of a day." in text.stdout
    assert "holds the test 'other'" in text.stdout
    assert [one["name"] for one in json.loads(tagged.stdout)["tests"]] == ["orders"]
    assert table.stdout.splitlines()[0] == "name,owner,tags,parameters,kept,description"
    assert checked.exit_code == 1
    assert "orders: can be used" in checked.stdout
    assert unknown.exit_code == 2
    assert "Did you mean 'orders'?" in unknown.output


def test_checking_looks_for_what_a_test_names(world, folder):
    side = "{kind: table, database: mysql.nowhere, table: t}"
    (folder / "a.yaml").write_text("name: a\npreset: nowhere\nsource: {path: a.csv}\n")
    (folder / "b.yaml").write_text(f"name: b\nsource: {side}\n")
    (folder / "c.yaml").write_text("name: c\nsource: {kind: object, bucket: b, key: k}\n")
    (folder / "d.yaml").write_text("name: d\nsource: {path: a.csv}\ncomparison: {threshold: 101}\n")

    checked = give(world, "tests", "check", "--format", "json", SMOKE_TESTS_DIR=str(folder))

    problems = {
        name: one and one["error_message"] for name, one in json.loads(checked.stdout)["tests"].items()
    }
    assert "no preset 'nowhere'" in problems["a"]
    assert "no database 'mysql.nowhere'" in problems["b"]
    assert "no StorageGrid" in problems["c"]
    assert "threshold" in problems["d"]
    assert problems["orders"] is None


def test_a_test_is_saved_shown_saved_again_and_forgotten(world, folder, tmp_path):
    file = tmp_path / "saved.yaml"
    file.write_text(DEFINITION.format(name="saved"))

    first = give(world, "tests", "save", str(file), "--format", "json", who="user")
    shown = give(world, "tests", "show", "saved", who="user")
    file.write_text(shown.stdout)
    second = give(world, "tests", "save", str(file), who="user")
    stale = give(world, "tests", "save", str(file), "--version", "1", who="user")
    by_another = give(world, "tests", "save", str(file), who="other")
    not_theirs = give(world, "tests", "delete", "saved", who="other")
    by_dba = give(world, "tests", "save", str(file), "--format", "json", who="dba")
    gone = give(world, "tests", "delete", "saved", who="user")
    twice = give(world, "tests", "delete", "saved", who="user")

    assert json.loads(first.stdout) == {"name": "saved", "version": 1, "owner": "ada"}
    assert "path: " in shown.stdout
    assert str(tmp_path) in shown.stdout  # a relative path began in the folder of its file
    assert "version 2" in second.stdout
    assert "somebody else meanwhile" in stale.output
    assert "you may not save the test 'saved' of ada" in by_another.output
    assert "you may not delete the test 'saved' of ada" in not_theirs.output
    assert json.loads(by_dba.stdout)["owner"] == "ada"
    assert (gone.exit_code, twice.exit_code) == (0, 2)
    with world.open() as database:
        actions = [(one.action, one.success) for one in AuditLog(database).page().entries]
    assert actions.count(("save_test", True)) == 3
    assert actions.count(("save_test", False)) == 2
    assert actions.count(("delete_test", True)) == 1


def test_a_file_goes_before_a_saved_test_and_is_not_saved_over(world, folder):
    refused = give(world, "tests", "save", str(folder / "orders.yaml"), SMOKE_TESTS_DIR=str(folder))
    elsewhere = give(world, "tests", "list", SMOKE_TESTS_DIR=str(folder / "nowhere"))

    assert "goes before a saved one" in refused.output
    assert "There is no folder" in elsewhere.output


def test_accepting_is_written_down_with_the_reason(data, folder):
    _, first = told(data, "run", "orders", "--param", "day=monday")
    smoke(data, "accept", first["session_id"], "--reason", "a good reason")

    _, entries = told(data, "audit", "--action", "accept_differences", "--limit", "1")

    (entry,) = entries["entries"] if isinstance(entries, dict) else entries
    assert entry["session_id"] == first["session_id"]
    assert entry["details"] == {"rows": 1, "reason": "a good reason"}


def test_the_shipped_example_can_be_used(data):
    assert told(data, "tests", "check") == (0, {"tests": {"airport-frequencies": None}})

"""Logs of whole commands: JSON lines on stderr, the answer on stdout."""

import json

import pytest

from smoke_pipeline_tests.cli.served import smoke


@pytest.fixture
def pair(tmp_path):
    for name, city in (("a.csv", "Zweibrücken"), ("b.csv", "4711-Ort")):
        (tmp_path / name).write_text(f"id,city\n1,{city}\n", "utf-8")
    return [str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), "--key", "id"]


def events(ran):
    return [json.loads(line) for line in ran.stderr.splitlines() if line.startswith("{")]


def test_a_command_tells_how_it_ended_and_nothing_of_the_data(tmp_path, pair):
    ran = smoke(tmp_path / "data", "--log-format", "json", "--log-level", "info", "compare", *pair)

    (one,) = events(ran)
    assert (one["event"], one["command"], one["exit_status"], one["service"]) == (
        "command ended",
        "compare",
        1,
        "command",
    )
    assert "4711" not in ran.stderr
    assert ran.stdout.startswith("FAILED")


def test_a_command_that_fails_tells_the_class_of_the_error(tmp_path, pair):
    missing = str(tmp_path / "geheim.csv")

    ran = smoke(tmp_path / "data", "--log-format", "json", "compare", pair[0], missing)

    (one,) = events(ran)
    assert (ran.returncode, one["event"], one["level"]) == (2, "command failed", "warning")
    assert one["error"].endswith("Error")
    assert "geheim" not in json.dumps(one)


def test_without_being_asked_a_command_says_no_more_than_its_answer(tmp_path, pair):
    assert smoke(tmp_path / "data", "compare", *pair).stderr == ""


def test_a_level_that_does_not_exist_is_refused(tmp_path, pair):
    ran = smoke(tmp_path / "data", "--log-level", "loud", "compare", *pair)

    assert (ran.returncode, "'loud' is not one of" in ran.stderr) == (2, True)


def test_settings_that_say_nothing_of_logs_change_nothing(tmp_path, pair, monkeypatch):
    (tmp_path / "settings.yaml").write_text("comparison: {threshold: 99}\n")
    monkeypatch.setenv("SMOKE_SETTINGS", str(tmp_path / "settings.yaml"))

    ran = smoke(tmp_path / "data", "compare", pair[0], "nowhere.csv")

    assert ran.returncode == 2
    assert ran.stderr.startswith("Error: ")

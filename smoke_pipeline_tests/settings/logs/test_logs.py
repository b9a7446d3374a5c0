"""What is logged: events with ids, counts and times, in words or JSON, and never data or secrets."""

import ast
import json
import logging
import subprocess
import sys
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from smoke_pipeline.errors import SettingsError
from smoke_pipeline.history.access.secrets import without_secrets
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.logs.setup import set_up_logs
from smoke_pipeline.settings.logs.telling import EVENTS, FIELDS, about, tell, tellable, warn
from smoke_pipeline.settings.sections.logs import LoggingSettings

PACKAGE = Path(__file__).resolve().parents[3] / "smoke_pipeline"


@pytest.fixture
def logging_as_before():
    """Whatever a test sets up is put back."""
    root, events = logging.getLogger(), logging.getLogger(EVENTS)
    before = (root.handlers[:], root.level, events.handlers[:], events.level, events.propagate)
    yield
    root.handlers, root.level, events.handlers, events.level, events.propagate = before
    root.setLevel(before[1])
    events.setLevel(before[3])


@pytest.fixture
def said(logging_as_before, capsys):
    """Sets the logs up and gives what was said since, a JSON object a line."""

    def set_up(**changes):
        set_up_logs(
            LoggingSettings(**{"format": "json", "level": "info", **changes}),
            service="launcher",
            redact=without_secrets,
        )
        return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    return set_up


def test_an_event_is_one_json_object_with_the_ids_of_what_is_under_way(said):
    heard = said()

    with about(session_id="upload_1", run_id="7f"):
        tell("side taken", side="source", rows=10)

    (one,) = heard()
    assert one.pop("time").endswith("Z")
    assert one == {
        "level": "info",
        "event": "side taken",
        "service": "launcher",
        "session_id": "upload_1",
        "run_id": "7f",
        "side": "source",
        "rows": 10,
    }


def test_ids_hold_no_longer_than_what_they_name(said):
    heard = said()

    with about(session_id="a"), about(run_id="b"):
        pass
    tell("served")

    assert not {"session_id", "run_id"} & set(heard()[0])


def test_words_are_for_people(logging_as_before, capsys):
    set_up_logs(LoggingSettings(level="info"), service="reports")

    tell("request", route="/metrics", status=200)

    assert capsys.readouterr().err.endswith("Z INFO reports: request route=/metrics status=200\n")


def test_the_level_says_from_which_importance_on(said):
    heard = said(level="warning")

    tell("request")
    warn("step failed", error="ReadError")

    assert [one["event"] for one in heard()] == ["step failed"]


def test_what_libraries_log_is_json_too_without_keys_and_without_the_words_of_errors(said):
    heard = said()

    try:
        raise ValueError("row 7 holds 4711-secret")  # noqa: TRY301 - the words that must not be told
    except ValueError:
        logging.getLogger("uvicorn.error").exception("The key smk_0123456789abcdef was shown")

    (one,) = heard()
    assert (one["event"], one["logger"]) == ("The key smk_*** was shown", "uvicorn.error")
    assert (one["error"], one["level"]) == ("ValueError", "error")
    assert one["places"][-1].startswith("test_logs.py:")
    assert "4711" not in json.dumps(one)


@pytest.mark.parametrize(("level", "heard_of"), [("info", 0), ("debug", 1)])
def test_the_chatter_of_libraries_is_for_those_who_ask_for_it(said, level, heard_of):
    heard = said(level=level)

    logging.getLogger("alembic").info("Will assume transactional DDL.")

    assert len(heard()) == heard_of


def test_dagsters_logs_are_left_alone_where_the_process_is_its_own(logging_as_before):
    before = logging.getLogger().handlers[:]

    set_up_logs(LoggingSettings(), service="run", owns_process=False)

    assert logging.getLogger().handlers == before


def test_nothing_is_said_before_it_was_asked_for():
    program = "from smoke_pipeline.settings.logs.telling import tell, warn; tell('a'); warn('b')"

    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert (ran.stdout, ran.stderr) == ("", "")


VALUES = st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.lists(st.text()))


@given(st.dictionaries(st.one_of(st.sampled_from(sorted(FIELDS)), st.text()), VALUES))
def test_only_listed_fields_with_plain_values_are_told(fields):
    told = tellable(fields)

    assert set(told) <= FIELDS
    assert all(isinstance(value, bool | int | float) or value.isascii() for value in told.values())
    assert all(len(value) <= 200 and "\n" not in value for value in told.values() if isinstance(value, str))


def calls_of_telling():
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text("utf-8")
        if "settings.logs.telling import" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("tell", "warn"):
                yield path, node


def test_every_event_is_a_fixed_text_with_listed_fields():
    found = list(calls_of_telling())

    assert found
    for path, call in found:
        assert [type(argument) for argument in call.args] == [ast.Constant], path
        assert {keyword.arg for keyword in call.keywords if keyword.arg} <= FIELDS, path


@pytest.mark.parametrize(("name", "value"), [("FORMAT", "xml"), ("LEVEL", "loud")])
def test_another_format_or_level_is_refused(name, value):
    with pytest.raises(SettingsError, match=f"logging.{name.lower()}"):
        load_settings(environ={f"SMOKE_LOGGING__{name}": value})

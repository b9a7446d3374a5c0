"""What the steps of a run log: which session and run, what was counted, and nothing of the data."""

import logging

import dagster as dg
import pytest

from smoke_pipeline.settings.logs.telling import EVENTS, TOLD, tellable

SECRET = "4711-planted"


class Heard(logging.Handler):
    """Keeps what is told, with the ids of what is under way."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.events.append({"event": record.getMessage()} | tellable(getattr(record, TOLD)))


@pytest.fixture
def heard():
    log, handler = logging.getLogger(EVENTS), Heard()
    before = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield handler.events
    log.removeHandler(handler)
    log.setLevel(before)


def test_each_step_tells_its_session_its_run_and_what_it_counted(pipeline, write, heard):
    session_id = pipeline.start(
        source={"path": write("before.csv", f"id,amount\n1,{SECRET}\n2,20\n")},
        target={"path": write("after.csv", "id,amount\n1,10\n2,20\n")},
        comparison={"key": ["id"]},
    )

    pipeline.run("smoke_test", session_id)

    steps = [one for one in heard if one["event"].startswith("step ")]
    assert {one["session_id"] for one in steps} == {session_id}
    assert len({one["run_id"] for one in steps}) == 1
    assert [one["event"] for one in steps] == ["step began", "step ended"] * 4
    (compared,) = (one for one in heard if one["event"] == "compared")
    assert (compared["verdict"], compared["matched"], compared["mismatched"]) == ("failed", 1, 1)
    assert compared["session_id"] == session_id
    assert [one["rows"] for one in heard if one["event"] == "side taken"] == [2, 2]
    assert SECRET not in repr(heard)


def test_a_step_that_fails_tells_the_class_of_the_error_alone(pipeline, write, heard):
    session_id = pipeline.start(
        source={"path": write("before.csv", f"id,{SECRET}\n1,2\n")},
        target={"path": write("after.csv", "id,amount\n1,10\n")},
        comparison={"key": [SECRET]},
    )

    with pytest.raises(dg.Failure):
        pipeline.run("smoke_test", session_id)

    (failed,) = (one for one in heard if one["event"] == "step failed")
    assert failed["error"].endswith("Error")
    assert SECRET not in repr(heard)

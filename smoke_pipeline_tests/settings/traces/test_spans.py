"""Spans: which belong to which, and that they carry what a log may carry and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.settings.logs.telling import tell, warn
from smoke_pipeline.settings.traces.spans import (
    Place,
    continuing,
    is_heard,
    listen,
    of_run,
    span,
    traceparent,
)

SECRET = "4711 plänted"
WRITTEN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def heard():
    spans = []
    listen(spans.append)
    yield spans
    listen(None)


def test_a_span_lies_within_the_one_that_is_under_way(heard):
    with span("outer"):
        outer = traceparent()
        with span("inner"):
            assert traceparent() != outer

    inner, whole = heard
    assert (inner.name, whole.name) == ("inner", "outer")
    assert (inner.parent, whole.parent) == (whole.place, None)
    assert whole.place.traceparent == outer
    assert whole.began_ns <= inner.began_ns <= inner.ended_ns <= whole.ended_ns


def test_it_carries_what_is_told_within_it_as_far_as_a_log_may(heard):
    with span("step", session_id="a_1", rows=None):
        tell("side taken", rows=3, bytes=40, origin="a secret place", side=SECRET)
        tell("compared", verdict="passed")

    assert heard[0].fields == {"session_id": "a_1", "bytes": 40, "verdict": "passed"}


def test_what_stops_it_is_told_by_its_class_alone(heard):
    with pytest.raises(ValueError, match="4711"), span("step"):
        raise ValueError(SECRET)
    with span("step"):
        warn("refused", error="ReadError")

    assert [one.error for one in heard] == ["ValueError", "ReadError"]
    assert SECRET not in repr(heard)


def test_it_goes_on_with_a_span_of_another_process(heard):
    with continuing(WRITTEN), span("tool"):
        pass
    with continuing("nothing of the kind"), span("tool"):
        pass

    assert heard[0].parent == Place.read(WRITTEN)
    assert heard[0].place.trace_id == "0af7651916cd43dd8448eb211c80319c"
    assert heard[1].parent is None


def test_without_a_listener_nothing_is_made():
    with span("step"):
        assert traceparent() is None

    assert not is_heard()


def test_a_run_has_the_same_span_in_each_of_its_processes():
    place, parent = of_run("run-1", WRITTEN)
    alone, nobody = of_run("run-1", None)

    assert (place, parent) == (of_run("run-1", WRITTEN)[0], Place.read(WRITTEN))
    assert (place.trace_id, place.span_id) == (parent.trace_id, alone.span_id)
    assert nobody is None
    assert of_run("run-2", None)[0].span_id != alone.span_id


@pytest.mark.parametrize(
    "written",
    [
        None,
        7,
        "",
        WRITTEN.upper(),
        WRITTEN + "\n",
        WRITTEN.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32),
        WRITTEN.replace("b7ad6b7169203331", "0" * 16),
    ],
)
def test_what_is_no_place_is_none(written):
    assert Place.read(written) is None


@given(st.text(alphabet="0123456789abcdef", min_size=48, max_size=48).filter(lambda text: text.strip("0")))
def test_every_place_is_read_as_it_was_written(digits):
    place = Place(trace_id=digits[:32], span_id=digits[32:])

    has_both = place.trace_id.strip("0") and place.span_id.strip("0")
    assert Place.read(place.traceparent) == (place if has_both else None)

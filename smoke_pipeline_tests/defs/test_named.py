"""Named tests on Dagster's launchpad."""

import dagster as dg
import pytest

DEFINITION = """
name: orders
parameters: {day: {pattern: "[a-z]+"}}
source: {path: "before-{day}.csv"}
target: {path: "after-{day}.csv"}
comparison: {key: id}
"""


@pytest.fixture
def folder(around, tmp_path):
    (tmp_path / "orders.yaml").write_text(DEFINITION)
    (tmp_path / "before-monday.csv").write_text("id,v\n1,2\n")
    (tmp_path / "after-monday.csv").write_text("id,v\n1,2\n")
    object.__setattr__(around, "settings", around.settings.model_copy(update={"tests_dir": tmp_path}))
    return tmp_path


def test_a_named_test_is_started_with_its_parameters(pipeline, folder):
    session_id = pipeline.start(named_test="orders", parameters={"day": "monday"}, then="smoke_test")

    session = pipeline.around.history.session(session_id)
    assert session.test_name == "orders"
    assert session.spec["parameters"] == {"day": "monday"}
    assert session.spec["source"]["path"] == str(folder / "before-monday.csv")


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"named_test": "order", "parameters": {"day": "monday"}}, "no test 'order'"),
        ({"named_test": "orders"}, "needs day"),
        ({"named_test": "orders", "parameters": {"day": "1"}}, "does not match"),
    ],
)
def test_a_named_test_that_cannot_be_run_is_refused(order, words, pipeline, folder):
    with pytest.raises(dg.Failure, match=words):
        pipeline.start(**order)

"""A session that compares in parts: the same asset, checks and result, from several steps."""

from dataclasses import replace

import pytest

from smoke_pipeline.comparison.result import EngineFacts
from smoke_pipeline.definitions import build_definitions
from smoke_pipeline.history.records import Status
from smoke_pipeline.smoke_test.results.kept_result import kept_result
from smoke_pipeline_tests.defs.conftest import InMemory
from smoke_pipeline_tests.defs.test_graph import CHECKS, GRAPH

ROWS = "id,amount\n" + "".join(f"{n},{n * 10}\n" for n in range(1, 41))
COMPARISON = "smoke_test__comparison"


@pytest.fixture
def in_parts(around, instance):
    """The pipeline with four parts."""
    comparison = around.settings.comparison.model_copy(update={"partitions": 4})
    settings = around.settings.model_copy(update={"comparison": comparison})
    return InMemory(replace(around, settings=settings), instance, partitions=4)


@pytest.fixture
def order(write):
    return {
        "source": {"path": write("before.csv", ROWS)},
        "target": {"path": write("after.csv", ROWS.replace(",70\n", ",71\n"))},
        "comparison": {"key": ["id"], "threshold": 100.0},
    }


def found(pipeline, session_id):
    """The recorded result, without what is volatile."""
    record = pipeline.around.history.newest_result(session_id)
    folder = pipeline.around.folder(pipeline.around.history.session(session_id))
    return replace(kept_result(record.result_id, folder), engine=EngineFacts())


def shown(result, step):
    """What the page shows of the comparison, without what is volatile."""
    (event,) = result.asset_materializations_for_node(step)
    volatile = {"elapsed_s", "peak_memory_mb"}
    return {name: value for name, value in event.metadata.items() if name not in volatile}


def test_the_assets_hang_together_as_without_parts():
    graph = build_definitions(partitions=4).resolve_asset_graph()

    parents = {
        key.to_user_string(): sorted(parent.to_user_string() for parent in graph.get(key).parent_keys)
        for key in graph.get_all_asset_keys()
    }
    checks = {
        (key.asset_key.to_user_string(), key.name, graph.get_check_spec(key).blocking)
        for key in graph.asset_check_keys
    }

    assert (parents, checks) == (GRAPH, CHECKS)


def test_every_part_is_a_step_of_its_own(in_parts, order):
    result = in_parts.run("smoke_test", in_parts.start(**order))

    parts = {event.step_key for event in result.all_events if ".compare_part[" in (event.step_key or "")}
    assert parts == {f"{COMPARISON}.compare_part[part_{number}]" for number in (1, 2, 3, 4)}


def test_result_checks_and_metadata_are_those_of_one_step(pipeline, in_parts, order):
    session_id = pipeline.start(**order)
    whole = pipeline.run("smoke_test", session_id)
    expected = found(pipeline, session_id)

    merged = in_parts.run("verify", session_id)

    assert in_parts.checks(merged) == {
        name: passed for name, passed in pipeline.checks(whole).items() if name in in_parts.checks(merged)
    }
    assert replace(found(in_parts, session_id), target=expected.target) == expected
    summary = shown(merged, f"{COMPARISON}.merge")
    assert summary == shown(whole, COMPARISON)
    assert in_parts.instance.get_run_by_id(merged.run_id).tags["smoke/verdict"] == "failed"


def test_columns_that_differ_fail_the_check_the_run_and_the_session(in_parts, order, write):
    write("after.csv", "id,total\n1,10\n")
    session_id = in_parts.start(**order)

    result = in_parts.run("smoke_test", session_id, raise_on_error=False)

    assert not result.success
    assert in_parts.checks(result)["columns_match"] is False
    assert in_parts.around.history.session(session_id).status is Status.FAILED

"""What follows a session that was started."""

import dagster as dg
import pytest

from smoke_pipeline.defs.smoke_test.sensors import session_started


@pytest.fixture
def finished(pipeline, write):
    """Start a session, and get what the sensor makes of that run."""

    def finished(**order):
        source = {"path": write("a.csv", "id\n1\n")}
        result = pipeline.run(
            "start_session", run_config={"ops": {"session": {"config": {"source": source, **order}}}}
        )
        context = dg.build_run_status_sensor_context(
            sensor_name="session_started",
            dagster_event=result.all_events[-1],
            dagster_instance=pipeline.instance,
            dagster_run=pipeline.instance.get_run_by_id(result.run_id),
            resources={"smoke": pipeline.definitions.resources["smoke"]},
        )
        return result.output_for_node("session"), session_started(context)

    return finished


def test_the_source_of_a_new_session_is_taken_unless_the_order_says_otherwise(finished):
    session_id, request = finished()

    assert (request.job_name, request.partition_key) == ("take_source", session_id)
    assert request.tags["smoke/session"] == session_id


def test_two_places_can_be_taken_at_once(finished, write):
    session_id, request = finished(target={"path": write("b.csv", "id\n1\n")}, then="smoke_test")

    assert (request.job_name, request.partition_key) == ("smoke_test", session_id)


def test_nothing_follows_where_nothing_is_asked_for(finished):
    _, request = finished(then="nothing")

    assert isinstance(request, dg.SkipReason)

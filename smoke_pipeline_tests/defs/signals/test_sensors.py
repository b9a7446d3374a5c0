"""The sensors of the ETL signals over a real instance: one event starts one verification."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import dagster as dg
import pytest
import yaml
from dagster._core.definitions.partitions.context import partition_loading_context
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.definitions import build_definitions
from smoke_pipeline.defs.resources import SmokeResource
from smoke_pipeline.defs.signals import sensors
from smoke_pipeline.defs.signals.hearing import PAUSE_S, looks
from smoke_pipeline.defs.signals.reporting import report
from smoke_pipeline.defs.smoke_test.checks import ETL
from smoke_pipeline.history.keeping.cache import MetadataCache
from smoke_pipeline.settings.paths import project_file
from smoke_pipeline.settings.sections.signals import SignalSettings
from smoke_pipeline.smoke_test.signals.events import EtlEvent
from smoke_pipeline.smoke_test.signals.webhook import Signed, signature_of, take_signal
from smoke_pipeline_tests.smoke_test.keeping.conftest import around, database
from smoke_pipeline_tests.smoke_test.signals.conftest import started

__all__ = ["around", "database", "started"]

SETTINGS = SignalSettings(webhook_key="a key of sixteen characters")


def event(session_id, name="x:1"):
    return EtlEvent(session_id=session_id, event=name, told_by="a test")


def told(instance):
    asked = dg.AssetRecordsFilter(asset_key=ETL)
    return [one.partition_key for one in instance.fetch_materializations(asked, limit=100).records]


@pytest.fixture
def tick(pipeline, instance):
    """One turn of a sensor, which goes on where its last turn ended."""
    cursors = {}

    def tick(sensor, *, forget=False):
        cursor = None if forget else cursors.get(sensor.name)
        with (
            partition_loading_context(dynamic_partitions_store=instance),
            dg.build_sensor_context(
                instance=instance,
                cursor=cursor,
                definitions=pipeline.definitions,
                resources={"smoke": pipeline.definitions.resources["smoke"]},
            ) as context,
        ):
            found = sensor.evaluate_tick(context)
        cursors[sensor.name] = found.cursor
        return found

    return tick


@pytest.fixture
def turn_that_listens(around, instance):
    """One turn that may take so long; `began` is set once it has begun."""

    def turn(listen_s, began):
        class Listening(SmokeResource):
            def opened(self):
                began.set()
                return nullcontext(around)

        resource = Listening(listen_s=listen_s)
        with (
            partition_loading_context(dynamic_partitions_store=instance),
            dg.build_sensor_context(
                instance=instance,
                definitions=build_definitions({"smoke": resource}),
                resources={"smoke": resource},
            ) as context,
        ):
            return sensors.etl_verified.evaluate_tick(context)

    return turn


def post(around, session_id, nonce="nonce-0001"):
    body = f'{{"session_id": "{session_id}"}}'.encode()
    timestamp = str(int(around.now().timestamp()))
    key = SETTINGS.webhook_key.get_secret_value()
    signed = Signed(
        body=body, timestamp=timestamp, nonce=nonce, signature=signature_of(key, timestamp, nonce, body)
    )
    take_signal(signed, SETTINGS, around, MetadataCache(around.database, around.now))


def test_what_was_posted_is_verified_in_the_same_turn_and_once(around, started, instance, tick):
    session_id = started("webhook")
    post(around, session_id)

    first, second = tick(sensors.etl_verified), tick(sensors.etl_verified)

    assert [(run.partition_key, run.run_key) for run in first.run_requests] == [
        (session_id, f"{session_id}:webhook:nonce-0001")
    ]
    assert second.run_requests == []
    assert told(instance) == [session_id]
    assert session_id in instance.get_dynamic_partitions("smoke_sessions")


def test_a_job_that_ended_just_now_is_verified_in_the_same_turn_and_once(started, instance, tick):
    session_id = started({"kind": "job", "job": "a_job"})
    run_id = a_job.execute_in_process(instance=instance).run_id

    first, second = tick(sensors.etl_verified), tick(sensors.etl_verified)

    assert [run.run_key for run in first.run_requests] == [f"{session_id}:job:{run_id}"]
    assert second.run_requests == []
    assert told(instance) == [session_id]


def test_a_job_that_both_sensors_hear_of_at_once_has_one_run_key(around, started, instance, tick):
    session_id = started({"kind": "job", "job": "a_job"})
    run_id = a_job.execute_in_process(instance=instance).run_id
    report(instance, event(session_id, f"job:{run_id}"))  # by the other, which has not noted it yet

    turns = [tick(sensors.etl_verified), tick(sensors.etl_verified, forget=True)]

    assert told(instance) == [session_id, session_id]
    assert {run.run_key for turn in turns for run in turn.run_requests} == {f"{session_id}:job:{run_id}"}
    assert len(turns[0].run_requests) == 1


def test_a_signal_that_comes_while_a_turn_listens_ends_it(around, started, instance, turn_that_listens):
    session_id = started("webhook")
    began = threading.Event()

    def etl():
        began.wait(30)
        post(around, session_id)

    with ThreadPoolExecutor(1) as other:
        other.submit(etl)
        found = turn_that_listens(3600, began)

    assert [run.partition_key for run in found.run_requests] == [session_id]


def test_a_turn_does_not_listen_where_nobody_waits(started, instance, turn_that_listens):
    started(takes_source=False)

    found = turn_that_listens(3600, threading.Event())

    assert found.skip_message == "No ETL was told to have run."


@given(listen_s=st.floats(0, 60), look_s=st.floats(0, 10))
def test_a_turn_looks_once_at_least_and_begins_no_look_after_its_time(listen_s, look_s):
    now = [100.0]
    begun = []

    def pause(seconds):
        now[0] += seconds

    for _ in looks(listen_s, lambda: now[0], pause):
        begun.append(now[0])
        now[0] += look_s

    assert begun[0] == 100.0
    assert begun[-1] <= 100.0 + listen_s
    assert all(later - sooner >= PAUSE_S for sooner, later in itertools.pairwise(begun))


def test_a_sensor_that_listens_keeps_no_other_waiting():
    found = yaml.safe_load(project_file("dagster.yaml").read_text())["sensors"]

    assert found["use_threads"] is True
    assert found["num_workers"] > 1


def test_ten_sessions_at_once_are_ten_verifications(started, instance, tick):
    sessions = [started() for _ in range(10)]
    for session_id in sessions:
        report(instance, event(session_id))

    found = tick(sensors.etl_verified)

    assert [run.partition_key for run in found.run_requests] == sessions


def test_an_event_that_is_told_twice_has_one_run_key(started, instance, tick):
    session_id = started()
    report(instance, event(session_id))
    report(instance, event(session_id))

    found, after_a_restart = tick(sensors.etl_verified), tick(sensors.etl_verified, forget=True)

    keys = {run.run_key for turn in (found, after_a_restart) for run in turn.run_requests}
    assert len(found.run_requests) == 1
    assert keys == {f"{session_id}:x:1"}  # by which Dagster launches one run


def test_an_event_that_comes_while_a_run_ends_is_not_lost(started, instance, tick):
    session_id = started()
    run = instance.create_run_for_job(
        a_job, status=dg.DagsterRunStatus.STARTED, tags={"smoke/session": session_id}
    )
    report(instance, event(session_id, "x:1"))
    before = [tick(sensors.etl_verified) for _ in range(2)]

    instance.report_run_failed(run)
    after = [tick(sensors.etl_verified) for _ in range(2)]

    assert [turn.run_requests for turn in before] == [[], []]
    assert "works on session" in before[0].skip_message
    assert [[run.run_key for run in turn.run_requests] for turn in after] == [[f"{session_id}:x:1"], []]


def test_an_event_that_comes_while_the_session_is_verified_starts_nothing_more(
    started, instance, pipeline, tick, write
):
    session_id = started()
    write("a.csv", "id\n1\n2\n")
    report(instance, event(session_id, "x:1"))
    report(instance, event(session_id, "x:2"))
    first = tick(sensors.etl_verified)

    pipeline.run("verify", session_id)
    second, third = tick(sensors.etl_verified), tick(sensors.etl_verified)

    assert [len(turn.run_requests) for turn in (first, second, third)] == [1, 0, 0]
    assert "is completed" in second.skip_message
    assert third.skip_message == "No ETL was told to have run."


@dg.job
def a_job():
    pass


def test_what_was_told_on_dagsters_page_counts_and_unknown_sessions_do_not(started, instance, tick):
    session_id = started()
    for partition in ("stmt_20200101_000000", session_id):
        instance.report_runless_asset_event(dg.AssetMaterialization(ETL, partition=partition))

    found = tick(sensors.etl_verified)

    assert [run.partition_key for run in found.run_requests] == [session_id]
    assert "stmt_20200101_000000" not in instance.get_dynamic_partitions("smoke_sessions")


def test_who_verifies_by_itself_is_not_helped(started, instance, tick):
    report(instance, event(started()), is_carried_out=True)

    assert tick(sensors.etl_verified).run_requests == []


def test_a_marker_file_is_reported_once(started, instance, tick, tmp_path):
    session_id = started({"kind": "marker", "path": str(tmp_path / "done.flag")})
    nothing = tick(sensors.etl_looked_for)
    (tmp_path / "done.flag").write_text("")

    for forget in (False, False, True):
        tick(sensors.etl_looked_for, forget=forget)

    assert "nothing has changed" in nothing.skip_message
    assert told(instance) == [session_id]
    assert [run.partition_key for run in tick(sensors.etl_verified).run_requests] == [session_id]


def test_a_place_that_does_not_answer_leaves_its_session_waiting(around, started, instance, tick, tmp_path):
    etl = {"kind": "watermark", "database": "postgres.gone", "query": "SELECT max(n) FROM t"}
    session_id = started()
    session = around.history.session(session_id)
    from dataclasses import replace

    from smoke_pipeline.smoke_test.lifecycle import Act, move_back

    order = {**session.spec, "etl": etl}
    around.history.move(replace(move_back(session, Act.TAKE_TARGET), spec=order))

    found = tick(sensors.etl_looked_for)

    assert found.run_requests == []
    assert told(instance) == []
    assert around.history.session(session_id).status == "active"


def test_another_job_that_succeeds_is_heard(started, instance, pipeline):
    session_id = started({"kind": "job", "job": "a_job"})
    done = a_job.execute_in_process(instance=instance)
    context = dg.build_run_status_sensor_context(
        sensor_name="etl_job_succeeded",
        dagster_event=done.all_events[-1],
        dagster_instance=instance,
        dagster_run=instance.get_run_by_id(done.run_id),
        resources={"smoke": pipeline.definitions.resources["smoke"]},
    )

    sensors.etl_job_succeeded(context)
    sensors.etl_job_succeeded(context)

    assert told(instance) == [session_id]


def test_a_whole_session_from_the_signal_to_its_verdict(around, started, instance, pipeline, tick, write):
    session_id = started("webhook")
    write("a.csv", "id\n1\n2\n")  # the ETL
    post(around, session_id)

    (request,) = tick(sensors.etl_verified).run_requests
    pipeline.run("verify", request.partition_key)

    assert around.history.newest_result(session_id).verdict == "failed"
    post_again = tick(sensors.etl_verified)
    assert post_again.run_requests == []

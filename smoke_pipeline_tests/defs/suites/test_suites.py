"""A suite on Dagster: its job, its sensor, its schedule."""

from dataclasses import replace

import dagster as dg
import pytest
from dagster._core.definitions.partitions.context import partition_loading_context

from smoke_pipeline.defs.suites.jobs import opening, run_suite, usable_suites
from smoke_pipeline.defs.suites.schedules import schedules_of
from smoke_pipeline.defs.suites.sensors import suites_driven
from smoke_pipeline.history.keeping.cache import MetadataCache
from smoke_pipeline.settings.sections.suites import SuiteSettings
from smoke_pipeline.smoke_test.suites.record import runs_of
from smoke_pipeline_tests.smoke_test.keeping.conftest import around as plain
from smoke_pipeline_tests.smoke_test.keeping.conftest import database
from smoke_pipeline_tests.smoke_test.suites.conftest import files, folder, suite

__all__ = ["database", "files", "folder", "plain", "suite"]


@pytest.fixture
def around(plain, folder):
    return replace(plain, settings=plain.settings.model_copy(update={"suites": SuiteSettings(dir=folder)}))


@pytest.fixture
def tick(pipeline, instance):
    def tick():
        resources = {"smoke": pipeline.definitions.resources["smoke"]}
        with (
            partition_loading_context(dynamic_partitions_store=instance),
            dg.build_sensor_context(
                instance=instance, resources=resources, definitions=pipeline.definitions
            ) as context,
        ):
            return suites_driven.evaluate_tick(context)

    return tick


def test_a_suite_fans_out_as_sessions_and_ends(around, pipeline, suite, files, tick):
    suite(files("good_1", "bad", "good_2"))
    config = {"ops": {"suite": {"config": {"suite": "nightly"}}}}

    suite_id = pipeline.run("run_suite", run_config=config).output_for_node("suite")
    while requests := tick().run_requests:
        for request in requests:
            assert request.tags["smoke/suite"] == suite_id
            pipeline.run(request.job_name, request.partition_key)

    (ended,) = runs_of(MetadataCache(around.database), "nightly")
    assert (ended.suite_id, ended.verdict) == (suite_id, "failed")
    assert [case.verdict for case in ended.cases] == ["passed", "failed", "passed"]


def test_a_turn_that_is_repeated_asks_for_the_same_runs(around, pipeline, suite, files, tick):
    suite(files("good_1", "good_2"))
    pipeline.run("run_suite", run_config={"ops": {"suite": {"config": {"suite": "nightly"}}}})

    keys = [[request.run_key for request in tick().run_requests] for _ in range(2)]

    assert keys[0] == keys[1]
    assert len(keys[0]) == 2


def test_a_suite_that_is_not_there_fails_its_run(pipeline):
    with pytest.raises(dg.Failure, match="no suite"):
        pipeline.run("run_suite", run_config={"ops": {"suite": {"config": {"suite": "nothing"}}}})


def test_a_suite_with_a_schedule_has_one_and_a_broken_one_breaks_nothing(around, suite, files, folder):
    suite(files("good_1", schedule="0 6 * * 1-5"))
    suite(files("good_1"), name="on_demand")
    (folder / "broken.yaml").write_text("tests: 7")

    (found,) = schedules_of(around.settings)

    assert (found.name, found.cron_schedule, found.job_name) == ("suite_nightly", "0 6 * * 1-5", "run_suite")


def test_without_a_folder_there_is_no_schedule(around, tmp_path):
    settings = around.settings.model_copy(update={"suites": SuiteSettings(dir=tmp_path / "nowhere")})

    assert list(schedules_of(settings)) == []


DATED = """tests:
  - name: files
    matrix: {day: {from: 2026-01-01, to: 2026-01-31, every: month-end}}
    order: {source: {path: "/{day}.csv"}, target: {path: /b.csv}}
"""


def test_a_suite_is_run_for_other_days_from_the_launchpad(around, pipeline, suite):
    suite(DATED)
    order = {"suite": "nightly", "first_day": "2026-02-26", "last_day": "2026-03-31", "every": "month_end"}

    pipeline.run("run_suite", run_config={"ops": {"suite": {"config": order}}})

    (begun,) = runs_of(MetadataCache(around.database), "nightly")
    assert [case.label for case in begun.cases] == ["files, day=2026-02-28", "files, day=2026-03-31"]


def test_days_that_are_too_many_fail_the_run_that_asks_for_them(around, pipeline, suite):
    suite(DATED)
    order = {"suite": "nightly", "first_day": "0001-01-01", "every": "day", "over": "day"}

    with pytest.raises(dg.Failure, match="more than 1,000 tests"):
        pipeline.run("run_suite", run_config={"ops": {"suite": {"config": order}}})

    assert runs_of(MetadataCache(around.database), "nightly") == []


def test_the_launchpad_opens_with_a_suite_that_there_is(around, suite, files, folder):
    (folder / "broken.yaml").write_text("tests: 7")
    suite(files("good_1"))

    names = usable_suites(around.settings)

    assert names == ["nightly"]
    assert opening(names) == {"config": {"ops": {"suite": {"config": {"suite": "nightly"}}}}}
    assert opening(()) == {}
    assert run_suite.run_config == {"ops": {"suite": {"config": {"suite": "airports"}}}}
    assert "`airports`" in run_suite.description


def test_without_a_folder_the_launchpad_opens_empty(around, tmp_path):
    settings = around.settings.model_copy(update={"suites": SuiteSettings(dir=tmp_path / "nowhere")})

    assert usable_suites(settings) == ()

"""`/metrics`: the sums of the history and of the disk, as Prometheus reads them."""

from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from smoke_pipeline.cli.reports.app import build_app
from smoke_pipeline.cli.reports.metrics import LOOK_AT_FILES_EVERY_S, HistoryCollector
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline_tests.history.answers.filled import fill, result_row, session_row
from smoke_pipeline_tests.history.samples import NOON
from smoke_pipeline_tests.smoke_test.conftest import around, write

__all__ = ["around", "write"]

pytestmark = pytest.mark.services


@pytest.fixture
def served(around, postgres_url):
    with Database(postgres_url) as database:
        database.migrate()
        yield replace(around, database=database, history=PostgresHistory(database), now=lambda: NOON)


def asking(around, host="127.0.0.1"):
    return TestClient(build_app(around), base_url=f"http://{host}", raise_server_exceptions=False)


def samples(text):
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_sums_stand_in_the_format_of_prometheus(served):
    failed = {"status": "failed", "step": "awaiting_comparison", "failure": {"error_type": "ReadError"}}
    fill(
        served.database,
        sessions=[session_row("a"), session_row("b", **failed)],
        results=[result_row("a", comparison_time_seconds=2.0)],
    )

    answer = asking(served).get("/metrics")

    found = samples(answer.text)
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert found["smoke_sessions", "completed", "done"] == 1
    assert found["smoke_failed_sessions", "ReadError"] == 1
    assert found["smoke_sessions_started_total",] == 2
    assert found["smoke_verdicts_total", "passed"] == 1
    assert found["smoke_rows_compared_total",] == 100
    assert found["smoke_comparison_seconds_total",] == 2.0
    assert found["smoke_recent_comparison_seconds", "0.95"] == 2.0
    assert found["smoke_recent_rows_per_second",] == 50.0
    assert found["smoke_jobs", "queued"] == 0
    assert found["smoke_disk_free_bytes",] > 0


def test_names_of_tests_clients_and_sessions_are_not_in_it(served):
    row = session_row("upload_planted", test_name="planted", client_id="planted", preset="planted")
    fill(served.database, sessions=[row])

    assert "planted" not in asking(served).get("/metrics").text


def test_only_known_names_may_ask(served):
    assert asking(served, "attacker.example").get("/metrics").status_code == 400


def test_without_a_database_there_is_nothing(around):
    assert asking(around).get("/metrics").status_code == 404


def test_a_history_that_does_not_answer_is_told(served):
    served.database.close()
    gone = replace(served, database=Database("postgresql://nobody@127.0.0.1:1/none"))

    assert asking(gone).get("/metrics").status_code == 503


def test_the_disk_is_looked_at_once_a_minute(served):
    clock = [0.0]
    collector = HistoryCollector(served.database, served.data_folder, lambda: NOON, lambda: clock[0])
    folder = served.data_folder / "tests"
    folder.mkdir()

    def size():
        (family,) = (one for one in collector.collect() if one.name == "smoke_data_folder_bytes")
        return {sample.labels["folder"]: sample.value for sample in family.samples}.get("tests")

    assert size() == 0
    (folder / "rows").write_bytes(b"12345")
    assert size() == 0
    clock[0] += LOOK_AT_FILES_EVERY_S
    assert size() == 5

"""What `smoke doctor` finds."""

import json
import socket

import pytest

from smoke_pipeline.cli.doctor import (
    State,
    of_bucket,
    of_dagster_tables,
    of_folder,
    of_page_port,
    of_python,
    of_report_port,
)
from smoke_pipeline.errors import ObjectNotFoundError
from smoke_pipeline.settings.model import DagsterSettings, ReportServerSettings, Settings
from smoke_pipeline.settings.sections.storage import SnapshotStore, StorageSettings
from smoke_pipeline_tests.cli.served import free_port, smoke


@pytest.mark.parametrize(
    ("version", "state"),
    [((3, 10, 14), State.MISSING), ((3, 11, 0), State.OK), ((3, 14, 1), State.OK), ((4, 0, 0), State.OK)],
)
def test_python_must_be_new_enough(version, state):
    assert of_python(version).state is state


def test_a_folder_that_can_be_written_is_fine(tmp_path):
    assert of_folder(tmp_path).state in (State.OK, State.NOTE)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_missing(tmp_path):
    finding = of_folder(tmp_path / "nowhere")

    assert finding.state is State.MISSING
    assert finding.advice == ("Name another one with SMOKE_DATA_DIR.",)


def kept_in(bucket, name):
    store = SnapshotStore.model_validate(bucket.store.model_dump(include=set(SnapshotStore.model_fields)))
    return Settings(storage=StorageSettings(snapshots=f"s3://{name}/smoke", store=store))


def test_a_bucket_that_takes_snapshots_is_fine_and_nothing_stays_in_it(bucket):
    finding = of_bucket(kept_in(bucket, bucket.name))

    assert (finding.state, finding.detail) == (
        State.OK,
        f"s3://{bucket.name}/smoke can be written, read, listed and cleaned",
    )
    assert "Contents" not in bucket.client.list_objects_v2(Bucket=bucket.name)


def test_a_bucket_that_is_not_there_is_told(bucket):
    with pytest.raises(ObjectNotFoundError, match="has no bucket 'no-such-bucket'"):
        of_bucket(kept_in(bucket, "no-such-bucket"))


def test_a_free_port_is_fine_and_a_busy_one_is_noted():
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        taken = busy.getsockname()[1]
        page = of_page_port(Settings(dagster=DagsterSettings(port=taken)))
        reports = of_report_port(Settings(report_server=ReportServerSettings(port=taken)))

    assert (page.state, page.advice) == (State.NOTE, ("Choose another port with --port.",))
    assert (reports.state, reports.advice) == (State.NOTE, ("Choose another port with --report-port.",))
    assert of_page_port(Settings(dagster=DagsterSettings(port=free_port()))).state is State.OK


def test_tables_of_another_dagster_are_missing_and_the_way_out_is_told():
    assert of_dagster_tables("a", "a").state is State.OK
    old = of_dagster_tables("a", "b")
    assert (old.state, old.advice) == (State.MISSING, ("Run: smoke db upgrade",))


@pytest.mark.services
def test_on_a_machine_that_can_work_nothing_is_missing(open_folder):
    run = smoke(open_folder / "doctor", "doctor", "--format", "json")

    findings = {finding["name"]: finding["state"] for finding in json.loads(run.stdout)}
    assert run.returncode == 0, run.stdout
    assert (findings["PostgreSQL"], findings["Dagster's tables"]) == ("ok", "ok")
    assert "missing" not in findings.values()


def test_settings_that_cannot_be_read_are_missing_and_the_status_is_1(tmp_path, monkeypatch):
    (tmp_path / "mine.yaml").write_text("treshold: 1")
    monkeypatch.setenv("SMOKE_SETTINGS", str(tmp_path / "mine.yaml"))

    run = smoke(tmp_path / "data", "doctor")

    assert run.returncode == 1
    assert "missing  settings and credentials" in run.stdout
    assert "Traceback" not in run.stderr


def test_a_shared_server_that_does_not_answer_is_missing_without_its_password(tmp_path, monkeypatch):
    monkeypatch.setenv("SMOKE_POSTGRES_URL", f"postgresql://me:hunter2@127.0.0.1:{free_port()}/none")

    run = smoke(tmp_path / "data", "doctor")

    assert run.returncode == 1
    assert "missing  PostgreSQL" in run.stdout
    assert "hunter2" not in run.stdout + run.stderr

"""The parts of `smoke up`, one by one."""

import subprocess
import sys

import dagster as dg
import psutil
import psycopg
import pytest
from dagster._core.instance.ref import InstanceRef

from smoke_pipeline.cli.runs import open_instance
from smoke_pipeline.cli.services.group import Command, end, running
from smoke_pipeline.cli.services.health import Health, health, require_free_port
from smoke_pipeline.cli.services.home import dagster_home, group_environment
from smoke_pipeline.cli.services.lock import Process, serving_alone
from smoke_pipeline.cli.services.tables import FIRST_OF_EACH, dagster_has_tables
from smoke_pipeline.errors import LaunchError
from smoke_pipeline.history.server.embedded import is_running
from smoke_pipeline.history.sharing import postgres
from smoke_pipeline.settings.bounds import bound_at
from smoke_pipeline.settings.connections import MySql, StorageGrid
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import Preset, ReportServerSettings, Settings
from smoke_pipeline_tests.cli.served import free_port, until

SLEEPS = "import threading; threading.Event().wait(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); print('up', flush=True); {SLEEPS}"
PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEPS!r}]); {SLEEPS}"


@pytest.mark.services
def test_dagsters_tables_are_there_once_an_instance_was_opened(postgres_url, tmp_path):
    before = dagster_has_tables(postgres_url)

    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    open_instance(tmp_path, postgres_url).dispose()

    assert (before, dagster_has_tables(postgres_url)) == (False, True)
    for name in FIRST_OF_EACH:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(f"ALTER TABLE {name} RENAME TO hidden")
            assert dagster_has_tables(postgres_url) is False
            connection.execute(f"ALTER TABLE hidden RENAME TO {name}")


def test_only_one_serves_a_folder_and_the_other_hears_where(tmp_path):
    with serving_alone(tmp_path) as lock:
        lock.note("http://127.0.0.1:3000", ())

        with pytest.raises(LaunchError, match=r"runs already at http://127\.0\.0\.1:3000"):
            serving_alone(tmp_path).__enter__()


def test_a_lock_is_free_again_and_tells_what_was_left_over(tmp_path):
    left = Process(pid=1, created_at=2.5)
    with serving_alone(tmp_path) as lock:
        lock.note("http://127.0.0.1:3000", [left])

    with serving_alone(tmp_path) as lock:
        assert lock.left_over() == [left]
        lock.clear()
        assert lock.left_over() == []


def test_a_later_process_of_the_same_number_is_not_taken_for_the_noted_one():
    with subprocess.Popen([sys.executable, "-c", SLEEPS]) as process:
        noted = Process.of(process.pid)
        other = Process(pid=noted.pid, created_at=noted.created_at - 100)

        assert noted.alive() is not None
        assert other.alive() is None
        process.kill()
    assert noted.alive() is None


def test_a_process_that_ignores_the_request_is_killed():
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE) as process:
        process.stdout.readline()

        noted = Process.of(process.pid)

        end([noted], grace_s=0.3)

        assert noted.alive() is None


def test_the_descendants_of_a_member_end_with_it(tmp_path):
    with running(
        [Command(name="one", arguments=["-c", PARENT])], environment={}, logs=tmp_path, grace_s=0.3
    ) as group:
        children = until(lambda: psutil.Process(group.members[0].process.pid).children())

    _, alive = psutil.wait_procs(children, timeout=5)
    assert alive == []


def test_a_member_that_ends_is_named_with_its_log(tmp_path):
    commands = [Command(name="daemon", arguments=["-c", "raise SystemExit(3)"])]

    with running(commands, environment={}, logs=tmp_path) as group:
        group.members[0].process.wait(10)
        assert group.started_again() == []
        with pytest.raises(LaunchError, match="The daemon ended with status 3") as caught:
            group.require_alive()

    assert str(tmp_path / "daemon.log") in caught.value.suggestions[0]


def test_a_member_that_may_is_started_again_and_what_it_left_ends_with_the_group(tmp_path):
    commands = [Command(name="code server", arguments=["-c", PARENT], is_started_again=True)]

    with running(commands, environment={}, logs=tmp_path, grace_s=0.3, lived_s=0) as group:
        first = group.members[0].process
        (child,) = until(lambda: psutil.Process(first.pid).children())
        first.kill()
        first.wait()
        again = group.started_again()
        group.require_alive()
        second = group.members[0].process

        assert again == ["code server"]
        assert group.started_again() == []
        assert child.pid in [one.pid for one in group.processes]
        assert (child.is_running(), second.poll()) == (True, None)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    assert second.poll() is not None


def test_a_member_that_ends_as_soon_as_it_starts_is_not_started_forever(tmp_path):
    commands = [Command(name="code server", arguments=["-c", "raise SystemExit(3)"], is_started_again=True)]

    with running(commands, environment={}, logs=tmp_path) as group:
        group.members[0].process.wait(10)

        assert group.started_again() == []
        with pytest.raises(LaunchError, match="The code server ended with status 3"):
            group.require_alive()


def test_a_server_that_does_not_answer_has_no_health():
    assert health(f"http://127.0.0.1:{free_port()}") == Health()


@pytest.mark.parametrize("host", ["203.0.113.7", "no.such.host.invalid"])
def test_an_address_that_is_not_ours_cannot_be_served(host):
    with pytest.raises(LaunchError, match="cannot be served"):
        require_free_port(host, 3000)


def test_the_home_holds_the_shipped_configuration_and_no_password(tmp_path):
    settings = Settings(data_dir=tmp_path)

    home = dagster_home(settings)
    (home / "dagster.yaml").write_text("old: true")
    dagster_home(settings)

    assert "DAGSTER_PG_URL" in (home / "dagster.yaml").read_text()


def test_the_home_bounds_the_runs_that_read_from_each_server(tmp_path):
    old, store = MySql(user="reader", host="db1", database="old", max_runs=3), StorageGrid()
    presets = {"a": Preset(mysql={"old": old}), "b": Preset(storagegrid=store)}
    settings = load_settings(environ={}).model_copy(update={"data_dir": tmp_path, "presets": presets})

    home = dagster_home(settings)

    ref = InstanceRef.from_dir(str(home), overrides={"storage": {"sqlite": {"base_dir": str(tmp_path)}}})
    with dg.DagsterInstance.from_ref(ref) as instance:
        limits = instance.get_concurrency_config().run_queue_config.tag_concurrency_limits
    assert {limit["key"]: limit["limit"] for limit in limits} == {
        "dagster/partition": 1,
        bound_at("", old).tag: 6,
        bound_at("", store).tag: 8,
    }


def test_dagsters_processes_get_their_home_and_a_url_their_driver_knows(tmp_path):
    settings = Settings(report_server=ReportServerSettings(port=4001))

    found = group_environment(settings, tmp_path, "postgresql://me:pw@db:5432/smoke")

    assert found["DAGSTER_HOME"] == str(tmp_path)
    assert found["SMOKE_REPORT_SERVER__PORT"] == "4001"
    assert found["DAGSTER_PG_URL"] == "postgresql+psycopg2://me:pw@db:5432/smoke"


@pytest.mark.services
def test_the_last_user_stops_the_embedded_server(open_folder):
    data = open_folder / "shared"
    settings = load_settings(environ={}, overrides={"data_dir": str(data)})

    with postgres(settings):
        with postgres(settings):
            pass
        assert is_running(data / "postgres")
    assert not is_running(data / "postgres")

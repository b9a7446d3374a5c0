"""Parts of `smoke up` served alone, as containers do."""

import json
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest

from smoke_pipeline_tests.cli.served import SMOKE, environment, free_port, until


@pytest.fixture
def variables(open_folder: Path, postgres_url: str, tmp_path: Path) -> dict[str, str]:
    """What a container is given: where the database is, by a file, and the ports."""
    secret = tmp_path / "postgres_url"
    secret.write_text(postgres_url + "\n", "utf-8")
    return environment(open_folder / "parts") | {
        "SMOKE_POSTGRES_URL_FILE": str(secret),
        "SMOKE_LOGGING__FORMAT": "json",
        "SMOKE_LOGGING__LEVEL": "info",
        **{f"SMOKE_{part}__PORT": str(free_port()) for part in ("DAGSTER", "REPORT_SERVER", "LAUNCHER")},
    }


def smoke(variables, *arguments):
    return subprocess.run(
        [*SMOKE, *arguments], env=variables, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.services
def test_the_report_server_alone_answers_says_that_it_is_well_and_logs_json(variables, tmp_path):
    assert smoke(variables, "serve", "reports", "--check").returncode == 1
    log = tmp_path / "log"

    with log.open("w") as file:
        served = subprocess.Popen([*SMOKE, "serve", "reports"], env=variables, stdout=file, stderr=file)
    try:
        url = f"http://127.0.0.1:{variables['SMOKE_REPORT_SERVER__PORT']}/metrics"

        def metrics():
            try:
                with urllib.request.urlopen(url, timeout=10) as answer:
                    return answer.read().decode()
            except OSError:
                assert served.poll() is None, log.read_text()
                return ""

        assert "smoke_sessions_started_total 0.0" in until(metrics, why=log.read_text)
        assert smoke(variables, "serve", "reports", "--check").returncode == 0
        served.send_signal(signal.SIGINT)
        served.wait(timeout=30)
    finally:
        served.kill()
        served.wait()
    events = [json.loads(line) for line in log.read_text().splitlines()]
    asked = [one["route"] for one in events if one["event"] == "request answered"]
    assert {"/metrics", "/healthz"} <= set(asked)


@pytest.mark.services
def test_a_daemon_that_does_not_run_is_not_well(variables):
    assert smoke(variables, "db", "upgrade").returncode == 0

    assert smoke(variables, "serve", "daemon", "--check").returncode != 0


@pytest.mark.services
def test_the_code_server_alone_is_asked_at_its_port_and_a_second_one_is_refused(variables, tmp_path):
    variables["SMOKE_DAGSTER__CODE_SERVER"] = f"127.0.0.1:{free_port()}"
    assert smoke(variables, "serve", "code", "--check").returncode != 0

    with (tmp_path / "log").open("w") as file:
        served = subprocess.Popen([*SMOKE, "serve", "code"], env=variables, stdout=file, stderr=file)
    try:
        until(lambda: smoke(variables, "serve", "code", "--check").returncode == 0)
        second = smoke(variables, "serve", "code")
        served.send_signal(signal.SIGINT)
        status = served.wait(timeout=30)
    finally:
        served.kill()
        served.wait()
    assert (second.returncode, status) == (2, 0)
    where = variables["SMOKE_DAGSTER__CODE_SERVER"]
    assert f"Error: A code server runs already at {where}." in second.stderr.splitlines()


@pytest.mark.parametrize("part", ["code", "webserver", "daemon", "reports", "launcher"])
def test_a_part_alone_needs_a_shared_server(tmp_path, part):
    found = smoke(environment(tmp_path), "serve", part)

    assert (found.returncode, found.stderr.splitlines()[0]) == (
        2,
        "Error: A part that is served alone needs a shared PostgreSQL.",
    )

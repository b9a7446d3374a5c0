"""The deployment's files against the schemas of their tools, and against the settings and the command line.

What they name must exist: a variable is a setting, a command and its flags are those of `smoke`, a port is
the default of its setting.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from dagster._daemon.controller import RELOAD_WORKSPACE_INTERVAL

from smoke_pipeline.cli.main import main
from smoke_pipeline.cli.services.group import ASKING
from smoke_pipeline.cli.services.place import code_server_place
from smoke_pipeline.cli.services.serve import PARTS
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.snapshots.bucket import snapshot_storage
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.deploy.shipped import (
    COMPOSE,
    DAGSTER,
    DOCKERFILE,
    HELM,
    MANIFESTS,
    ROOT,
    own_services,
    pods,
    unit,
)

BIN = Path(sys.executable).parent
PORTS = {
    "webserver": Settings().dagster.port,
    "reports": Settings().report_server.port,
    "launcher": Settings().launcher.port,
}


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["hadolint", "Dockerfile"], id="Dockerfile"),
        pytest.param(
            ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml"], id="compose"
        ),
        pytest.param(["kubernetes-validate", "--strict", "deploy/kubernetes/services.yaml"], id="kubernetes"),
    ],
)
def test_the_schemas_of_the_tools_allow_it(command):
    ran = subprocess.run(
        [str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr


def variables():
    """Place, name and value of each variable of ours that the files set."""
    for name, service in own_services().items():
        for variable, value in service["environment"].items():
            yield f"compose {name}", variable, value
    for pod in pods():
        for container in pod["containers"]:
            for one in container["env"]:
                yield f"kubernetes {container['name']}", one["name"], one["value"]
    for deployment in HELM["dagster-user-deployments"]["deployments"]:
        for one in deployment["env"]:
            yield "helm", one["name"], one["value"]
    for assignment in unit()["Environment"]:
        yield ("systemd", *assignment.split("=", 1))
    for variable, value in re.findall(r"^ +(SMOKE_\w+)=(\S+)", DOCKERFILE, flags=re.MULTILINE):
        yield "Dockerfile", variable, value


@pytest.mark.parametrize(("place", "name", "value"), list(variables()))
def test_every_variable_is_a_setting(tmp_path, place, name, value):
    if name.endswith("_FILE") or name == "SMOKE_SETTINGS":
        (tmp_path / "held").write_text("# nothing\n" if name == "SMOKE_SETTINGS" else "postgresql://a@b/c\n")
        value = str(tmp_path / "held")
    if name == "SMOKE_SECRETS_DIR":
        value = str(tmp_path)

    assert load_settings(environ={name: str(value)})


def commands():
    """Place and arguments of each command of ours that the files give."""
    for name, service in own_services().items():
        yield f"compose {name}", service["command"]
        test = service["healthcheck"].get("test")
        if test:
            assert test[:2] == ["CMD", "smoke"]
            yield f"health of {name}", test[2:]
    for pod in pods():
        for container in pod["containers"]:
            yield f"kubernetes {container['name']}", container["args"]
    yield "systemd", shlex.split(unit()["ExecStart"][0])[1:]
    for text in re.findall(r'CMD \["smoke", (.*)\]', DOCKERFILE) + re.findall(
        r"^CMD \[(.*)\]", DOCKERFILE, re.MULTILINE
    ):
        yield "Dockerfile", [one.strip(' "') for one in text.split(",")]


@pytest.mark.parametrize(("place", "arguments"), list(commands()))
def test_every_command_and_flag_exists(place, arguments):
    command, rest = main, list(arguments)
    with click.Context(main) as context:
        while isinstance(command, click.Group):
            found = command.get_command(context, rest.pop(0))
            assert found
            command = found

        assert command.make_context(command.name, rest)


def test_each_part_has_a_service_and_its_own_port():
    served = {
        service["command"][1]: service
        for service in own_services().values()
        if service["command"][0] == "serve"
    }

    assert set(served) == set(PARTS)
    for part, port in PORTS.items():
        assert served[part]["ports"] == [f"127.0.0.1:{port}:{port}"]
        assert re.search(rf"^EXPOSE .*\b{port}\b", DOCKERFILE, re.MULTILINE)
    ports = {
        pod["containers"][0]["name"]: pod["containers"][0]["ports"][0]["containerPort"]
        for pod in pods()
        if "ports" in pod["containers"][0]
    }
    assert ports == {name: PORTS[name] for name in ("reports", "launcher")}
    services = {
        one["metadata"]["name"]: one["spec"]["ports"][0]["port"]
        for one in MANIFESTS
        if one["kind"] == "Service"
    }
    assert services == {f"smoke-{name}": port for name, port in ports.items()}


def test_all_agree_where_the_code_server_is_and_no_port_of_the_machine_leads_there():
    named = {one["environment"]["SMOKE_DAGSTER__CODE_SERVER"] for one in own_services().values()}
    (host, port) = named.pop().split(":")
    ((name, service),) = [
        (name, one) for name, one in own_services().items() if one["command"] == ["serve", "code"]
    ]
    published = [one for service in COMPOSE["services"].values() for one in service.get("ports", ())]

    assert named == set()
    assert (name, service["hostname"]) == (host, host)
    assert "ports" not in service
    assert not any(one.endswith(f":{port}") for one in published)
    assert not re.search(rf"^EXPOSE .*\b{port}\b", DOCKERFILE, re.MULTILINE)


def test_those_who_ask_the_code_server_wait_until_it_is_well():
    waiting = {
        service["command"][1]
        for service in own_services().values()
        if service["depends_on"].get("code") == {"condition": "service_healthy"}
    }

    assert waiting == ASKING


def test_the_unit_may_open_the_socket_of_the_code_server():
    (folder,) = unit()["StateDirectory"]
    home = Path("/var/lib") / folder / "dagster"

    assert code_server_place(Settings(), home).file == home / "code.sock"
    assert "AF_UNIX" in unit()["RestrictAddressFamilies"][0].split()


def test_an_upgrade_stops_every_service():
    page = (ROOT / "docs/upgrading.md").read_text("utf-8")
    (told,) = re.findall(r"`docker compose stop ([\w ]+)`", page)

    assert set(told.split()) == {name for name, one in own_services().items() if one["command"][0] == "serve"}


def test_every_port_of_the_compose_file_listens_on_this_machine_alone():
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", ())]

    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert "127.0.0.1:5436:5432" in COMPOSE["services"]["postgres"]["ports"]


def test_no_file_holds_a_secret():
    assert all(service["secrets"] == ["postgres_url"] for service in own_services().values())
    for name in ("compose.yaml", "Dockerfile", "deploy/kubernetes/services.yaml", "deploy/helm/values.yaml"):
        text = (ROOT / name).read_text("utf-8")
        assert not re.search(r"://[^/\s]*:[^/\s]*@|[Pp]assword: ", text), name


def test_what_runs_is_nobody_and_may_nothing_more():
    users = re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)

    assert users == ["10001:10001"]
    assert all(one["read_only"] and one["cap_drop"] == ["ALL"] for one in own_services().values())
    for pod in pods():
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["runAsUser"] == 10001
        assert all(one["securityContext"]["readOnlyRootFilesystem"] for one in pod["containers"])
    assert unit()["NoNewPrivileges"] == ["yes"]
    assert unit()["CapabilityBoundingSet"] == [""]


def test_all_share_one_data_folder_and_the_image_has_it():
    volumes = {volume for one in own_services().values() for volume in one["volumes"]}
    (folder,) = {volume.partition(":")[2] for volume in volumes if not volume.endswith(":ro")}
    mounts = [
        mount["mountPath"] for pod in pods() for one in pod["containers"] for mount in one["volumeMounts"]
    ]

    assert f"SMOKE_DATA_DIR={folder}" in DOCKERFILE
    assert f"SMOKE_DATA_DIR={folder}" in unit()["Environment"]
    assert mounts.count(folder) == len(pods())


def test_dagsters_daemon_is_ended_as_smoke_up_ends_it():
    assert {one["stop_signal"] for one in own_services().values()} == {"SIGINT"}
    assert "STOPSIGNAL SIGINT" in DOCKERFILE
    assert unit()["KillSignal"] == ["SIGINT"]


def in_the_words_of_the_chart(node):
    """Keys of dagster.yaml as the chart spells them."""
    if isinstance(node, list):
        return [in_the_words_of_the_chart(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        re.sub(r"_(\w)", lambda found: found[1].upper(), key): in_the_words_of_the_chart(one)
        for key, one in node.items()
    }


def test_the_chart_bounds_runs_as_dagster_yaml_does():
    daemon, runs = HELM["dagsterDaemon"], DAGSTER["concurrency"]["runs"]
    queue = daemon["runCoordinator"]["config"]["queuedRunCoordinator"]

    assert queue == {
        "dequeueIntervalSeconds": DAGSTER["run_queue"]["dequeue_interval_seconds"],
        "maxConcurrentRuns": runs["max_concurrent_runs"],
        "tagConcurrencyLimits": in_the_words_of_the_chart(runs["tag_concurrency_limits"]),
    }
    assert daemon["runRetries"] == in_the_words_of_the_chart(DAGSTER["run_retries"])
    slower = {**in_the_words_of_the_chart(DAGSTER["run_monitoring"]), "startTimeoutSeconds": 300}
    assert daemon["runMonitoring"] == slower


def test_a_run_waits_longer_than_the_daemon_needs_to_find_a_code_server_again():
    queue = DAGSTER["run_queue"]

    waits_s = queue["max_user_code_failure_retries"] * queue["user_code_failure_retry_delay"]

    assert waits_s >= 2 * RELOAD_WORKSPACE_INTERVAL


def test_the_chart_and_the_manifests_mean_the_same_volumes():
    (deployment,) = HELM["dagster-user-deployments"]["deployments"]
    launcher = HELM["runLauncher"]["config"]["k8sRunLauncher"]
    claim = next(one["metadata"]["name"] for one in MANIFESTS if one["kind"] == "PersistentVolumeClaim")

    assert launcher["volumes"] == deployment["volumes"]
    assert deployment["volumes"][0]["persistentVolumeClaim"]["claimName"] == claim
    for pod in pods():
        named = {volume["name"]: volume for volume in pod["volumes"]}
        assert named["data"]["persistentVolumeClaim"]["claimName"] == claim
        assert named["secrets"]["secret"]["secretName"] == deployment["volumes"][1]["secret"]["secretName"]


def test_what_the_chart_reads_of_a_secret_or_writes_is_mounted():
    (deployment,) = HELM["dagster-user-deployments"]["deployments"]
    given = {one["name"]: one["value"] for one in deployment["env"]}
    mounts = {mount["mountPath"]: mount["name"] for mount in deployment["volumeMounts"]}
    held = {value.rpartition("/")[0] for name, value in given.items() if name.endswith("_FILE")}

    assert held == {"/run/secrets/smoke", "/run/secrets/snapshots"}
    assert held | {given["SMOKE_COMPARISON__SPILL_DIR"], given["SMOKE_DATA_DIR"]} == set(mounts)
    assert set(mounts.values()) == {volume["name"] for volume in deployment["volumes"]}


def test_the_chart_keeps_snapshots_in_a_bucket(tmp_path):
    (deployment,) = HELM["dagster-user-deployments"]["deployments"]
    given = {one["name"]: one["value"] for one in deployment["env"]}
    (tmp_path / "secret").write_text("postgresql://a@b/c\n")
    environ = {
        name: str(tmp_path / "secret") if name.endswith("_FILE") else value for name, value in given.items()
    }
    del environ["SMOKE_SECRETS_DIR"]

    storage = snapshot_storage(load_settings(environ=environ), tmp_path)

    assert storage.address("tests/a", Side.SOURCE) == "s3://smoke-snapshots/team/tests/a/source.parquet"


def test_the_chart_loads_what_the_workspace_loads():
    (deployment,) = HELM["dagster-user-deployments"]["deployments"]

    assert deployment["dagsterApiGrpcArgs"] == ["--module-name", "smoke_pipeline.definitions"]
    assert "module_name: smoke_pipeline.definitions" in (ROOT / "workspace.yaml").read_text("utf-8")


def test_the_image_is_built_from_what_the_wheel_needs():
    kept = set(re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text("utf-8"), flags=re.MULTILINE))

    assert {"smoke_pipeline", "config", "templates", "examples", "workspace.yaml", "dagster.yaml"} <= kept
    assert {"pyproject.toml", "README.md", "constraints.txt"} <= kept
    assert all((ROOT / name).exists() for name in kept)

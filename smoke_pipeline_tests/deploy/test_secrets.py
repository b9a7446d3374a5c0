"""Every secret setting has a way into each deployment: the folder of secrets that each of them mounts."""

import pytest

from smoke_pipeline_tests.deploy.shipped import HELM, own_services, pods, unit

FOLDER = "SMOKE_SECRETS_DIR"


@pytest.mark.parametrize("name", sorted(own_services()))
def test_compose_mounts_the_folder_that_its_services_read(name):
    service = own_services()[name]

    mounts = {volume.split(":")[1]: volume.split(":") for volume in service["volumes"]}
    assert mounts[service["environment"][FOLDER]][2] == "ro"


@pytest.mark.parametrize("pod", pods(), ids=lambda pod: pod["containers"][0]["name"])
def test_each_pod_mounts_the_folder_that_it_reads(pod):
    for container in pod["containers"]:
        variables = {one["name"]: one["value"] for one in container["env"]}
        mounts = {one["mountPath"]: one for one in container["volumeMounts"]}
        assert mounts[variables[FOLDER]]["readOnly"] is True


def test_the_chart_mounts_the_folder_that_its_steps_read():
    (deployment,) = HELM["dagster-user-deployments"]["deployments"]
    variables = {one["name"]: one["value"] for one in deployment["env"]}

    assert variables[FOLDER] in {one["mountPath"] for one in deployment["volumeMounts"]}


def test_the_unit_reads_the_folder():
    variables = dict(one.split("=", 1) for one in unit()["Environment"])

    assert variables[FOLDER] == "/etc/smoke_pipeline/secrets"

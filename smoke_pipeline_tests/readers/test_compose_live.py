"""The servers for live tests: what starts them takes the variables that the tests read."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from smoke_pipeline.settings.connections import StorageGrid
from smoke_pipeline_tests.readers.storagegrid import test_live
from smoke_pipeline_tests.readers.tables import test_mysql_live, test_oracle_live

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = (ROOT / "compose.live.yaml").read_text("utf-8")
SERVICES = yaml.safe_load(COMPOSE)["services"]
VARIABLES = dict(
    line.split("=", 1)
    for line in (ROOT / "compose.live.env").read_text("utf-8").splitlines()
    if not line.startswith("#")
)
READ = {
    f"{module.PREFIX}{name.upper()}"
    for module in (test_live, test_mysql_live, test_oracle_live)
    for name in module.NAMES
}


def test_the_variables_are_those_that_the_tests_read():
    assert set(VARIABLES) == READ


def test_what_starts_the_servers_takes_no_other_variable():
    taken = set(re.findall(r"(?<!\$)\$\{(\w+)", COMPOSE))

    assert taken < READ
    assert not re.search(r"(?<!\$)\$[A-Za-z_]", COMPOSE)


@pytest.mark.parametrize("name", ["oracle", "mysql", "s3"])
def test_every_server_can_be_waited_for_and_is_reached_from_this_machine_alone(name):
    service = SERVICES[name]

    assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert not service["image"].endswith(":latest")
    assert ":" in service["image"]


def test_the_ports_are_those_that_the_tests_ask():
    ports = {name: SERVICES[name]["ports"][0].split(":")[1:] for name in SERVICES}

    assert VARIABLES["SMOKE_LIVE_ORACLE_DSN"].split("/")[0] == f"127.0.0.1:{ports['oracle'][0]}"
    assert urlsplit(VARIABLES["SMOKE_LIVE_S3_ENDPOINT_URL"]).port == int(ports["s3"][0])
    assert SERVICES["mysql"]["ports"] == ["127.0.0.1:${SMOKE_LIVE_MYSQL_PORT:?}:3306"]


def test_a_store_and_the_page_know_the_variables():
    page = (ROOT / "docs" / "live.md").read_text("utf-8")
    of_store = {name for name in test_live.NAMES if name != "bucket"}

    assert of_store <= set(StorageGrid.model_fields)
    assert {name for name in READ if f"`{name}`" not in page} == set()

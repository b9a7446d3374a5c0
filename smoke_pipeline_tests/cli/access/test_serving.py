"""What `smoke up` serves has no users of its own: it inherits no key, and may be made to only show."""

import json
import urllib.request

import dagster as dg
import pytest

from smoke_pipeline.cli.access.gate import admitted
from smoke_pipeline.cli.services.group import group_commands
from smoke_pipeline.cli.services.home import group_environment
from smoke_pipeline.cli.services.place import Place
from smoke_pipeline.definitions import build_definitions
from smoke_pipeline.defs.resources import SmokeResource
from smoke_pipeline.history.access.audit import AuditLog
from smoke_pipeline.history.access.roles import DAGSTER
from smoke_pipeline.history.records import Role
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import DagsterSettings
from smoke_pipeline_tests.cli.served import LAUNCH, serving

PLACE = Place(host="127.0.0.1", port=4266)
PERMISSIONS = "{ permissions { permission value } }"


def test_what_is_served_does_not_inherit_the_key_of_who_serves_it(tmp_path, monkeypatch):
    monkeypatch.setenv("SMOKE_API_KEY", "smk_planted")
    monkeypatch.setenv("SMOKE_DATA_DIR", str(tmp_path))

    inherited = group_environment(load_settings(), tmp_path, "postgresql://a@b/c")

    assert "smk_planted" not in str(inherited)
    assert inherited["SMOKE_DATA_DIR"] == str(tmp_path)


@pytest.mark.parametrize("read_only", [False, True])
def test_only_the_page_is_told_to_only_show(tmp_path, read_only):
    commands = group_commands(tmp_path, PLACE, DagsterSettings(read_only=read_only))

    told = {command.name for command in commands if "--read-only" in command.arguments}
    assert told == ({"webserver"} if read_only else set())


@pytest.mark.services
def test_on_a_page_that_only_shows_no_run_is_launched(open_folder):
    with serving(open_folder / "read_only", SMOKE_DAGSTER__READ_ONLY="true") as served:
        permissions = served.ask(PERMISSIONS)["permissions"]
        refused = launched(served.url)

    assert not [one["permission"] for one in permissions if one["value"]]
    assert refused == "UnauthorizedError"


def launched(url: str) -> str:
    """What becomes of an order from the launchpad."""
    selector = {
        "repositoryLocationName": "smoke_pipeline",
        "repositoryName": "__repository__",
        "jobName": "start_session",
    }
    variables = {"params": {"selector": selector, "runConfigData": "{}", "executionMetadata": {"tags": []}}}
    request = urllib.request.Request(
        f"{url}/graphql",
        data=json.dumps({"query": LAUNCH, "variables": variables}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["data"]["launchRun"]["__typename"]


@pytest.mark.services
def test_dagster_acts_as_itself_unless_a_command_runs_it(world, monkeypatch):
    for name, value in world.variables("user").items():
        monkeypatch.setenv(name, str(value))

    with SmokeResource().opened() as around:
        by_itself = around.identity
    with admitted("start", {"preset": None}), SmokeResource().opened() as around:
        by_command = around.identity

    assert by_itself == DAGSTER
    assert (by_command.client_id, by_command.role, by_command.origin) == ("ada", Role.USER, "cli")


@pytest.mark.services
@pytest.mark.parametrize(("is_there", "error"), [(True, None), (False, "ObjectNotFoundError")])
def test_what_is_ordered_on_dagsters_page_is_in_the_log(is_there, error, world, tmp_path, monkeypatch):
    for name, value in {**world.variables("user"), "SMOKE_API_KEY": ""}.items():
        monkeypatch.setenv(name, str(value))
    if is_there:
        (tmp_path / "a.csv").write_text("id\n1\n")
    order = {"ops": {"session": {"config": {"source": {"path": str(tmp_path / "a.csv")}}}}}

    with dg.DagsterInstance.ephemeral() as instance:
        build_definitions().resolve_job_def("start_session").execute_in_process(
            instance=instance, run_config=order, raise_on_error=False
        )

    with world.open() as database:
        (entry,) = AuditLog(database).page().entries
    assert (entry.client_id, entry.origin, entry.action) == ("dagster", "dagster", "start_session")
    assert entry.error_class == error
    assert (entry.session_id is not None) == is_there


@pytest.mark.parametrize("with_launcher", [False, True])
def test_the_launcher_can_be_left_out(tmp_path, with_launcher):
    commands = group_commands(tmp_path, PLACE, DagsterSettings(), with_launcher=with_launcher)

    assert ("launcher" in {command.name for command in commands}) is with_launcher


def test_what_is_served_knows_where_the_others_are(tmp_path, monkeypatch):
    monkeypatch.setenv("SMOKE_DATA_DIR", str(tmp_path))
    settings = load_settings(overrides={"dagster": {"port": 4000}, "launcher": {"port": 4200}})

    told = group_environment(settings, tmp_path, "postgresql://a@b/c")

    assert (told["SMOKE_DAGSTER__PORT"], told["SMOKE_LAUNCHER__PORT"]) == ("4000", "4200")

"""Traces across the processes of the product, as a receiver of OTLP gets them."""

import json

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from smoke_pipeline_tests.cli.served import environment, serving, smoke, until
from smoke_pipeline_tests.launcher.conftest import Talk
from smoke_pipeline_tests.settings.traces.receiver import receiving

pytestmark = pytest.mark.services

SECRET = "planted-4711"
STEPS = ("source_snapshot", "target_snapshot", "comparison", "report")
TRACE = "0af7651916cd43dd8448eb211c80319c"
WRITTEN = f"00-{TRACE}-b7ad6b7169203331-01"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "before.csv").write_text(f"id,amount\n1,{SECRET}\n2,20\n")
    (tmp_path / "after.csv").write_text("id,amount\n1,10\n2,20\n")
    return str(tmp_path / "before.csv"), str(tmp_path / "after.csv")


def traced(data, url, *arguments):
    """The exit status of a command whose traces go to a receiver, and what it told."""
    variables = {
        "SMOKE_TELEMETRY__OTLP_ENDPOINT": url,
        "SMOKE_TELEMETRY__TIMEOUT_S": "0.5",
        "SMOKE_TELEMETRY__OTLP_HEADERS": f"key={SECRET}",
    }
    run = smoke(data, *arguments, "--format", "json", env={**environment(data), **variables})
    assert SECRET not in run.stderr
    return run.returncode, json.loads(run.stdout)


def test_a_command_its_runs_and_their_steps_are_one_trace(open_folder, files):
    with receiving() as receiver:
        status, told = traced(open_folder / "traced", receiver.url, "run", *files)

    command, run = receiver.named("command"), receiver.named("run smoke_test")
    steps = [receiver.named(f"step smoke_test__{name}") for name in STEPS]
    assert (status, told["verdict"]) == (1, "failed")
    assert (command.parent_id, run.parent_id) == ("", command.span_id)
    assert receiver.named("run start_session").parent_id == command.span_id
    assert {step.parent_id for step in steps} == {run.span_id}
    assert len({span.trace_id for span in receiver.spans}) == 1
    assert [step.fields.get("smoke.rows") for step in steps[:2]] == [2, 2]
    assert steps[2].fields["smoke.verdict"] == "failed"
    assert steps[3].fields["smoke.bytes"] > 0
    assert {step.fields["smoke.session_id"] for step in (*steps, run)} == {told["session_id"]}
    assert all(SECRET.encode() not in body for body in receiver.bodies)


def test_a_step_that_fails_says_its_error_by_its_class(open_folder, files):
    with receiving() as receiver:
        run = smoke(
            open_folder / "traced-failure",
            *("run", *files, "--key", SECRET),
            env={
                **environment(open_folder / "traced-failure"),
                "SMOKE_TELEMETRY__OTLP_ENDPOINT": receiver.url,
            },
        )

    step = receiver.named("step smoke_test__comparison")
    assert run.returncode == 2
    assert (step.is_error, step.fields["error.type"]) == (True, "UnknownColumnError")
    assert receiver.named("run smoke_test").is_error
    assert all(SECRET.encode() not in body for body in receiver.bodies)


def test_a_receiver_that_hangs_changes_nothing(open_folder, files):
    with receiving(hangs=True) as receiver:
        status, told = traced(open_folder / "hanging", receiver.url, "run", *files)

    assert (status, told["verdict"]) == (1, "failed")
    assert receiver.bodies


@pytest.mark.anyio
async def test_a_tool_and_the_run_that_it_launches_are_one_trace(open_folder, files, tmp_path):
    with (
        receiving() as receiver,
        serving(
            open_folder / "traced-up",
            SMOKE_TELEMETRY__OTLP_ENDPOINT=receiver.url,
            SMOKE_LAUNCHER__ROOTS=str(tmp_path),
        ) as served,
    ):
        async with httpx2.AsyncClient(timeout=60) as http:
            transport = streamable_http_client(served.launcher, http_client=http)
            async with Client(transport) as client:
                answer = await client.call_tool(
                    "handle_uploaded_files", {"paths": [files[0]]}, meta={"traceparent": WRITTEN}
                )
                job = answer.structured_content
                talk = Talk(client)
                while job["poll_after_seconds"] is not None:
                    job = await talk.do("get_progress", job_id=job["job_id"], wait_seconds=20)
        until(lambda: any(span.name == "run take_source" for span in receiver.spans))
        until(lambda: any(span.name.startswith("step ") for span in receiver.spans))

    tool, run = receiver.named("tool handle_uploaded_files"), receiver.named("run take_source")
    step = receiver.named("step smoke_test__source_snapshot")
    assert (tool.trace_id, tool.parent_id) == (TRACE, "b7ad6b7169203331")
    assert (run.trace_id, run.parent_id) == (TRACE, tool.span_id)
    assert (step.trace_id, step.parent_id) == (TRACE, run.span_id)
    assert run.fields["smoke.run_id"] == step.fields["smoke.run_id"]
    assert all(SECRET.encode() not in body for body in receiver.bodies)

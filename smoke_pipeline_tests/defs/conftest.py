"""The pipeline over an instance and a history in memory."""

from contextlib import nullcontext

import dagster as dg
import pytest

from smoke_pipeline.definitions import build_definitions
from smoke_pipeline.defs.resources import SmokeResource
from smoke_pipeline_tests.smoke_test.conftest import around, write

__all__ = ["around", "instance", "pipeline", "write"]


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


@pytest.fixture
def pipeline(around, instance):
    return InMemory(around, instance)


class InMemory:
    """Runs jobs as Dagster does, without a server."""

    def __init__(self, around, instance, partitions=1):
        class InMemoryResource(SmokeResource):
            def opened(self):
                return nullcontext(around)

        self.around = around
        self.instance = instance
        self.definitions = build_definitions({"smoke": InMemoryResource(listen_s=0)}, partitions=partitions)

    def start(self, **order):
        """Launch `start_session` as the launchpad does; the session's id."""
        return self.run("start_session", run_config={"ops": {"session": {"config": order}}}).output_for_node(
            "session"
        )

    def run(self, job, session_id=None, **options):
        return self.definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance, partition_key=session_id, **options
        )

    def checks(self, result):
        """Check name -> whether it passed; a name that two assets have is joined with `and`."""
        found = {}
        for check in result.get_asset_check_evaluations():
            found[check.check_name] = found.get(check.check_name, True) and check.passed
        return found

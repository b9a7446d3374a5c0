"""Sessions over a real PostgreSQL, and Dagster in memory."""

from dataclasses import replace

import pytest

from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.history.database import Database
from smoke_pipeline.history.postgres import PostgresHistory
from smoke_pipeline.history.runs.store import Runs
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.smoke_test.keeping.clean import Cleaning
from smoke_pipeline.smoke_test.spec import PathSide, SessionSpec
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.steps import compare_and_record, publish_report, snapshot_side
from smoke_pipeline.smoke_test.surroundings import Surroundings
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.smoke_test.conftest import write
from smoke_pipeline_tests.smoke_test.keeping.orchestrators import FakeOrchestrator

__all__ = ["write"]


@pytest.fixture
def database(postgres_url):
    with Database(postgres_url) as opened:
        opened.migrate()
        yield opened


@pytest.fixture
def around(database, clock, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    return Surroundings(
        history=PostgresHistory(database, clock),
        settings=load_settings(environ={}),
        data_folder=data,
        now=clock,
        database=database,
    )


@pytest.fixture
def runs(database, clock):
    return Runs(database, clock)


@pytest.fixture
def dagster():
    return FakeOrchestrator()


@pytest.fixture
def told():
    """The sessions that somebody was told of before they went."""
    return []


@pytest.fixture
def cleaning(around, database, dagster, told):
    return Cleaning(
        around=around,
        database=database,
        orchestrator=dagster,
        on_deleted=lambda session, why: told.append((session.session_id, why)),
    )


@pytest.fixture
def new(around, write, dagster):
    """Start a session of two places and take it so many steps along; its id."""

    def new(steps=4, name="a test"):
        spec = SessionSpec(
            test_name=name,
            source=PathSide(path=write("before.csv", "id,amount\n1,10\n2,20\n")),
            target=PathSide(path=write("after.csv", "id,amount\n1,10\n2,21\n")),
            comparison=ComparisonSpec(key=("id",), threshold=50),
        )
        session_id = start_session(spec, around).session_id
        dagster.add_partition(session_id)
        does = (
            lambda: snapshot_side(session_id, Side.SOURCE, around),
            lambda: snapshot_side(session_id, Side.TARGET, around),
            lambda: compare_and_record(session_id, around),
            lambda: publish_report(session_id, around),
        )
        for do in does[:steps]:
            do()
        return session_id

    return new


def with_retention(around, **limits):
    """Surroundings that keep things for other spans."""
    retention = around.settings.retention.model_copy(update=limits)
    return replace(around, settings=around.settings.model_copy(update={"retention": retention}))

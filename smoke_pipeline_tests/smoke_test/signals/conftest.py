"""Sessions that wait for their ETL."""

import pytest

from smoke_pipeline.smoke_test.spec import read_order
from smoke_pipeline.smoke_test.start import start_session
from smoke_pipeline.smoke_test.steps import snapshot_side
from smoke_pipeline.snapshots.manifest import Side


@pytest.fixture
def started(around, write):
    """Start a session whose ETL is told in some way; its id."""

    def started(etl="manual", *, takes_source=True, **order):
        order = {"source": {"path": write("a.csv", "id\n1\n")}, "etl": etl, **order}
        session_id = start_session(read_order(order), around).session_id
        if takes_source:
            snapshot_side(session_id, Side.SOURCE, around)
        return session_id

    return started

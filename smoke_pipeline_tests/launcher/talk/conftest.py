"""A session that was compared, and two files that become its sides."""

import pytest

from smoke_pipeline.smoke_test.changing import name_side
from smoke_pipeline.smoke_test.spec import PathSide
from smoke_pipeline.snapshots.manifest import Side


@pytest.fixture
def sides(tmp_path, around):
    """Name two files as the sides of a session, in place of a store."""
    before, after = tmp_path / "before.csv", tmp_path / "after.csv"
    before.write_text("id,amount|x\n1,10\n2,20\n3,30\n")
    after.write_text("id,amount|x\n1,10\n2,21\n4,40\n")

    def name(session_id):
        for side, path in zip(Side, (before, after), strict=True):
            name_side(session_id, side, PathSide(path=str(path)), around)

    return name


@pytest.fixture
def compare(sides):
    """Take a session from its start to its report."""

    async def compare(talk, **order):
        session = await talk.do(
            "start_smoke_test", **{"test_type": "upload", "test_name": "amounts", **order}
        )
        sides(session["session_id"])
        for _ in range(2):
            job = await talk.finished("continue_session", session_id=session["session_id"])
        assert job["state"] == "succeeded"
        return session["session_id"]

    return compare

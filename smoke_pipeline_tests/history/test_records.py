"""What a move makes of a session is tested over every history in `test_base`; here are the edges alone."""

from datetime import timedelta

from smoke_pipeline.history.records import Status, Step, moved
from smoke_pipeline_tests.history.samples import NOON, move, session


def test_a_move_leaves_the_order_and_the_folder_alone():
    before = session()

    after = moved(before, move(before, Step.DONE, Status.COMPLETED), NOON + timedelta(hours=1))

    assert (after.spec, after.test_folder, after.created_at) == (before.spec, before.test_folder, NOON)
    assert after.completed_at == after.updated_at == NOON + timedelta(hours=1)

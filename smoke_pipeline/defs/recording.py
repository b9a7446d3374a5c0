"""A line in the log for what was ordered on Dagster's page, whose users are not known to us."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smoke_pipeline.history.access.audit import Action
    from smoke_pipeline.smoke_test.surroundings import Surroundings


@contextmanager
def recorded(tool_name: str, action: str, around: "Surroundings") -> "Iterator[Action | None]":
    """Write down what comes of the block, unless a command runs it, which writes a line of its own.

    Args:
        tool_name: The job.
        action: What it does, in words that all faces share.
        around: Where it is done, and who does it.

    Raises:
        HistoryError: The block succeeded, and that cannot be written down.
    """
    from smoke_pipeline.history.access.audit import Action, AuditLog
    from smoke_pipeline.history.access.roles import DAGSTER

    if around.database is None or around.identity.origin != DAGSTER.origin:
        yield None
        return
    doing = Action(tool_name=tool_name, action=action, identity=around.identity)
    with AuditLog(around.database, around.now).recording(doing):
        yield doing

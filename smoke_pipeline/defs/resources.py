"""What the assets are handed: the settings, the folders and the history, and who hears of progress."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import Field

from smoke_pipeline.defs.progress import progress_to

if TYPE_CHECKING:
    from smoke_pipeline.readers.base import OnProgress
    from smoke_pipeline.smoke_test.surroundings import Surroundings


class SmokeResource(dg.ConfigurableResource):
    """Opens what the steps of a session work with, as the settings and the environment describe it."""

    progress_every_s: float = Field(
        default=2.0, description="Seconds between two lines of progress in a run's log; each is a write."
    )
    listen_s: float = Field(
        default=4.5,
        description="Seconds for which `etl_verified` listens in one turn while sessions wait for their ETL; "
        "a turn begins every five seconds. 0: it looks once a turn.",
    )

    def opened(self) -> "AbstractContextManager[Surroundings]":
        """The surroundings of one step; every step opens and closes its own."""
        from smoke_pipeline.history.access.roles import DAGSTER
        from smoke_pipeline.smoke_test.surroundings import open_surroundings

        return open_surroundings(otherwise=DAGSTER)

    def listener(self, log: dg.DagsterLogManager, keep: "OnProgress | None" = None) -> "OnProgress":
        """Who is told how far a step has come: its run's log, and whoever keeps it."""
        return progress_to(log, every_s=self.progress_every_s, keep=keep)

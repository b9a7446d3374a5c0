"""What every run begins as a copy of: a process that has imported what a session needs.

`multiprocessing` imports this module into its fork server and into no other process. The definitions are not
here, for each run builds its own from the settings that hold when it begins.
"""

import os
import signal
import threading
import time

import dagster._core.storage.base_storage
import dagster._grpc.impl
import dagster_postgres

import smoke_pipeline.comparison.chunk
import smoke_pipeline.defs.notices.sensors
import smoke_pipeline.defs.signals.sensors
import smoke_pipeline.defs.smoke_test.keeping
import smoke_pipeline.defs.smoke_test.orchestrator
import smoke_pipeline.defs.smoke_test.parts
import smoke_pipeline.defs.smoke_test.sensors
import smoke_pipeline.defs.storage
import smoke_pipeline.defs.suites.schedules
import smoke_pipeline.defs.suites.sensors
import smoke_pipeline.history.runs.store
import smoke_pipeline.readers.files
import smoke_pipeline.readers.storagegrid
import smoke_pipeline.readers.tables.mysql
import smoke_pipeline.readers.tables.postgres
import smoke_pipeline.settings.logs.setup
import smoke_pipeline.smoke_test.keeping.progress
import smoke_pipeline.smoke_test.start
import smoke_pipeline.smoke_test.steps
import smoke_pipeline.smoke_test.suites.definition
from smoke_pipeline.defs.worker import is_gone, name_of
from smoke_pipeline.report.page import page_template

LOOK_EVERY_S = 0.25
_FORK_SERVER, _CODE_SERVER = os.getpid(), name_of(os.getppid())


def _begin() -> None:
    """In a run's process: end with the fork server, unless the code server has ended as well.

    Without the fork server the code server cannot see the run any more, calls it failed and lets it be begun
    again. Without the code server nobody says so, and the run goes on.
    """
    threading.Thread(target=_watch, name="fork-server-watch", daemon=True).start()


def _watch() -> None:
    while os.getppid() == _FORK_SERVER:
        time.sleep(LOOK_EVERY_S)
    if not is_gone(_CODE_SERVER):
        os.kill(os.getpid(), signal.SIGKILL)


page_template()
os.register_at_fork(after_in_child=_begin)

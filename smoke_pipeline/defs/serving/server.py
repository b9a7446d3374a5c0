"""Dagster's code server, which loads the pipeline again when its settings change, and begins runs at once."""

import logging
import multiprocessing
import os
import sys
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import forkserver

from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.utils import FuturesAwareThreadPoolExecutor
from dagster._grpc.__generated__ import dagster_api_pb2
from dagster._grpc.server import DagsterApiServer, DagsterGrpcServer, LoadedRepositories
from dagster._utils.error import serializable_error_info_from_exc_info

from smoke_pipeline.errors import SmokePipelineError
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.logs.telling import tell
from smoke_pipeline.smoke_test.pipeline_names import LOCATION
from smoke_pipeline.smoke_test.suites.definition import all_suites

DEFINITIONS = "smoke_pipeline.definitions"
WARM = "smoke_pipeline.defs.serving.warm"
THREADS = 32
"""Questions that are answered at a time; a sensor that listens keeps one of them for seconds."""
LOOK_EVERY_S = 5.0
_ENTRY_POINT = (sys.executable, "-m", "dagster")
_LOGGER = logging.getLogger("dagster.code_server")


class PipelineServer(DagsterApiServer):
    """The pipeline as Dagster's servers ask for it.

    Two things differ from `dagster api grpc`: a run is forked from a process that has imported what it needs,
    in place of importing it all again, and the definitions can be loaded again while runs go on.

    Args:
        ended: Set by whoever ends the server.
        threads: Answer the questions.
    """

    def __init__(self, ended: threading.Event, threads: FuturesAwareThreadPoolExecutor) -> None:
        self._followed = what_definitions_follow()
        super().__init__(
            server_termination_event=ended,
            logger=_LOGGER,
            server_threadpool_executor=threads,
            loadable_target_origin=LoadableTargetOrigin(
                executable_path=sys.executable, module_name=DEFINITIONS
            ),
            entry_point=_ENTRY_POINT,
            location_name=LOCATION,
            lazy_load_user_code=True,
        )
        self._mp_ctx = multiprocessing.get_context("forkserver")  # type: ignore[assignment] # has the same face

    def ReloadCode(  # noqa: N802 - Dagster's name
        self, _request: dagster_api_pb2.ReloadCodeRequest, _context: object
    ) -> dagster_api_pb2.ReloadCodeReply:
        """Load the definitions again, as *Reload* on Dagster's page asks for."""
        self.load_again()
        return dagster_api_pb2.ReloadCodeReply()

    def load_again(self) -> None:
        """Build the definitions from the settings that hold now, or keep why they cannot be built."""
        with self._reload_lock:
            self._followed = what_definitions_follow()
            sys.modules.pop(DEFINITIONS, None)
            try:
                self._loaded_repositories = LoadedRepositories(
                    self._loadable_target_origin,
                    container_image=None,
                    entry_point=_ENTRY_POINT,
                    container_context=None,
                    code_location_name=LOCATION,
                )
                self._serializable_load_error = None
            except Exception:  # the face: whatever is wrong is shown on Dagster's page
                _LOGGER.exception("The pipeline cannot be loaded.")
                self._loaded_repositories = None
                self._serializable_load_error = serializable_error_info_from_exc_info(sys.exc_info())
            self._server_id = str(uuid.uuid4())  # by which Dagster's servers see that they must ask again

    def follow(self, ended: threading.Event, every_s: float = LOOK_EVERY_S) -> None:
        """Load the definitions again whenever what they are made from has changed, until the end."""
        while not ended.wait(every_s):
            if what_definitions_follow() != self._followed:
                tell("pipeline loaded again")
                self.load_again()


def serve(*, socket: str | None, host: str | None, port: int | None) -> None:
    """Serve the pipeline until somebody ends this process.

    Args:
        socket: The socket of this machine to listen on; or
        host: the address, and
        port: the port.
    """
    multiprocessing.set_forkserver_preload([WARM])
    ended = threading.Event()
    threads = FuturesAwareThreadPoolExecutor(max_workers=THREADS)
    pipeline = PipelineServer(ended, threads)
    with _files_of_our_own():
        server = DagsterGrpcServer(
            server_termination_event=ended,
            dagster_api_servicer=pipeline,
            logger=_LOGGER,
            threadpool_executor=threads,
            host=host,
            port=port,
            socket=socket,
        )
    forkserver.ensure_running()
    threading.Thread(target=pipeline.follow, args=[ended], name="settings-followed", daemon=True).start()
    try:
        server.serve()  # type: ignore[no-untyped-call] # Dagster's
    except KeyboardInterrupt:
        tell("told to end")
    finally:
        ended.set()


@contextmanager
def _files_of_our_own() -> Iterator[None]:
    """Let nobody else use what is made meanwhile, such as a socket, whatever the umask is otherwise."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def what_definitions_follow() -> Sequence[object]:
    """What the definitions are made from, to be compared with what it was; or why it cannot be used."""
    try:
        settings = load_settings()
        suites = [
            (name, suite.message if isinstance(suite, SmokePipelineError) else suite)
            for name, suite in all_suites(settings)
        ]
    except SmokePipelineError as error:
        return (error.message,)
    return (settings, *suites)

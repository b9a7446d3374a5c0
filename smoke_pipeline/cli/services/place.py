"""Where the code server listens: at a port, or at a socket of this machine that only its owner may use."""

import json
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from smoke_pipeline.errors import LaunchError, SettingsError
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.settings.sockets import socket_folder
from smoke_pipeline.smoke_test.pipeline_names import LOCATION

FILE = "code.sock"
CONNECT_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A port of a host, or a socket."""

    host: str | None = None
    port: int | None = None
    file: Path | None = None

    def options(self) -> Sequence[str]:
        """The place as the code server, and Dagster's check of its health, are told it."""
        if self.file:
            return ("--socket", str(self.file))
        return ("--host", str(self.host), "--port", str(self.port))

    def workspace(self) -> str:
        """The text of a `workspace.yaml` for those who ask the code server; JSON, which is YAML."""
        where = {"socket": str(self.file)} if self.file else {"host": self.host, "port": self.port}
        return json.dumps({"load_from": [{"grpc_server": {**where, "location_name": LOCATION}}]}) + "\n"

    def require_free(self) -> None:
        """Refuse a place where somebody listens: two code servers would share what they are asked.

        Raises:
            LaunchError: There is one.
        """
        if self.answers():
            where = self.file or f"{self.host}:{self.port}"
            raise LaunchError(
                f"A code server runs already at {where}.",
                ("Stop it where it runs, then try again.", "Or name another place: dagster.code_server."),
                {"place": str(where)},
            )

    def answers(self) -> bool:
        """Whether somebody listens there; the code server does once it has tried to load the pipeline."""
        with suppress(OSError):
            if self.file is None:
                socket.create_connection((self.host, self.port), CONNECT_TIMEOUT_S).close()
                return True
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(CONNECT_TIMEOUT_S)
                client.connect(str(self.file))
                return True
        return False


def code_server_place(settings: Settings, home: Path) -> Place:
    """The place that `dagster.code_server` names; without it a socket of its own for Dagster's `home`.

    Raises:
        SettingsError: No socket can lie there.
    """
    named = settings.dagster.code_server
    if named is not None:
        host, _, port = named.rpartition(":")
        return Place(host=host, port=int(port))
    return Place(file=socket_folder(home, FILE, "the code server", SettingsError) / FILE)

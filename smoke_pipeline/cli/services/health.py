"""Whether the servers answer, and Dagster has loaded the pipeline."""

import json
import socket
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from smoke_pipeline.errors import LaunchError

QUERY = """{
  workspaceOrError { ... on Workspace { locationEntries {
    loadStatus
    locationOrLoadError { __typename ... on PythonError { message } }
  } } }
  instance { daemonHealth { allDaemonStatuses { required healthy } } }
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What the webserver says of itself and of the daemon."""

    is_loaded: bool = False
    daemon_is_up: bool = False
    problem: str | None = None
    """Why the pipeline could not be loaded."""


def require_free_port(host: str, port: int, option: str = "--port") -> None:
    """Refuse a port that somebody listens on.

    Raises:
        LaunchError: The port is taken, or the address is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise LaunchError(
                f"{host}:{port} cannot be served: {(error.strerror or str(error)).lower()}.",
                suggestions=(f"Choose another port with {option}.",),
                context={"host": host, "port": port},
            ) from error


def answers(url: str, *, timeout_s: float = 5) -> bool:
    """Whether the report server at `url` answers, and its history too."""
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=timeout_s):  # noqa: S310 - our own server
            return True
    except OSError:  # every error of urllib is one
        return False


def health(url: str, *, timeout_s: float = 5) -> Health:
    """How the webserver at `url` is; nothing holds while it does not answer."""
    request = urllib.request.Request(  # noqa: S310 - the address of our own webserver
        f"{url}/graphql",
        data=json.dumps({"query": QUERY}).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # noqa: S310
            return _health(json.load(answer)["data"])
    except (urllib.error.URLError, OSError, ValueError, KeyError, TypeError):
        return Health()


def _health(data: dict[str, Any]) -> Health:
    entries = data["workspaceOrError"]["locationEntries"]
    outcomes = [entry["locationOrLoadError"] or {} for entry in entries]
    problems = [one["message"] for one in outcomes if one.get("__typename") == "PythonError"]
    daemons = [one for one in data["instance"]["daemonHealth"]["allDaemonStatuses"] if one["required"]]
    return Health(
        is_loaded=bool(entries) and all(entry["loadStatus"] == "LOADED" for entry in entries),
        daemon_is_up=bool(daemons) and all(one["healthy"] for one in daemons),
        problem=problems[0].splitlines()[0] if problems else None,
    )

"""The logs of a command: set up as flags, variables and file say, and a line when it has ended."""

import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from smoke_pipeline.settings.logs.telling import Field, about, tell, warn

if TYPE_CHECKING:
    from smoke_pipeline.settings.model import Settings

LEVELS = ("debug", "info", "warning", "error")


def log_as(service: str, settings: "Settings") -> None:
    """Let this process say what it does, as that part of the product."""
    from smoke_pipeline.history.access.secrets import without_secrets
    from smoke_pipeline.settings.logs.setup import set_up_logs

    set_up_logs(settings.logging, service=service, redact=without_secrets)


def log_command(given: "dict[str, str | None]") -> None:
    """Set up the logs of this command where anybody has asked for them; `given` are the flags.

    What it starts inherits the flags. Settings that cannot be used are the command's own to tell of.
    """
    from smoke_pipeline.errors import SettingsError
    from smoke_pipeline.settings.load import environment, load_settings, put_variables

    asked = {f"SMOKE_LOGGING__{name}": value for name, value in given.items() if value is not None}
    known = {**environment(), **asked}
    if not any(name.startswith(("SMOKE_LOGGING__", "SMOKE_SETTINGS")) for name in known):
        return  # the defaults say nothing that the command does not say itself
    put_variables(asked)
    try:
        settings = load_settings(environ=known)
    except SettingsError:
        return
    if settings.logging != type(settings.logging)():
        log_as("command", settings)


@contextmanager
def logged(command: str, clock: Callable[[], float] = time.monotonic) -> Iterator[MutableMapping[str, Field]]:
    """Tell how the command ended; what the block notes in the mapping is told with it."""
    noted: dict[str, Field] = {}
    begun = clock()
    with about(command=command):
        try:
            yield noted
        except BaseException as error:  # the face: whatever ended the command is told, by its class alone
            noted["error"] = type(error).__name__
            raise
        finally:
            noted["seconds"] = round(clock() - begun, 3)
            if "error" in noted:
                warn("command failed", **noted)
            else:
                tell("command ended", **noted)

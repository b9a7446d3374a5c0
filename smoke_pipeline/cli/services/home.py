"""Dagster's home: the folder below the data folder where its two `.yaml` files, logs and run files lie."""

import os
from collections.abc import Mapping
from pathlib import Path

from smoke_pipeline.cli.services.place import Place
from smoke_pipeline.history.server.urls import dagster_url
from smoke_pipeline.settings.bounds import queue_limits
from smoke_pipeline.settings.load import environment
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.settings.paths import data_folder, project_file

KEY_VARIABLES = frozenset({"SMOKE_API_KEY", "SMOKE_API_KEY_FILE"})
"""Prove who gives a command; what serves for everybody does not inherit them."""
BOUNDS_FOLLOW = "      # The bounds of the servers that runs read from follow here, made from the settings.\n"
PG_VARIABLE = "DAGSTER_PG_URL"
"""`dagster.yaml` reads the server's URL from it, so that no file holds a password."""


def dagster_home(settings: Settings) -> Path:
    """The folder, with the `dagster.yaml` of this installation in it.

    Raises:
        SettingsError: The folder cannot be made, or the installation is incomplete.
    """
    home = data_folder(settings) / "dagster"
    home.mkdir(exist_ok=True)
    _place(home / "dagster.yaml", _instance_file(settings))
    return home


def placed_workspace(home: Path, place: Place) -> Path:
    """The file that tells Dagster's servers where the code server is."""
    file = home / "workspace.yaml"
    _place(file, place.workspace())
    return file


def _place(file: Path, text: str) -> None:
    """Write a file whole, unless that is what it holds."""
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        unfinished = file.with_suffix(f".{os.getpid()}.unfinished")
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(file)


def _instance_file(settings: Settings) -> str:
    """The shipped `dagster.yaml`, with the bounds of what the presets read from."""
    shipped = project_file("dagster.yaml").read_text(encoding="utf-8")
    limits = "".join(
        f"      - key: {tag}\n        limit: {most}\n" for tag, most in sorted(queue_limits(settings).items())
    )
    head, line, rest = shipped.partition(BOUNDS_FOLLOW)
    return f"{head}{line}{limits}{rest}"


def group_environment(settings: Settings, home: Path, postgres_url: str) -> Mapping[str, str]:
    """The variables of the group's processes, so that all of them know where the others are."""
    return {
        **served_environment(settings),
        "DAGSTER_HOME": str(home),
        PG_VARIABLE: dagster_url(postgres_url),
    }


def served_environment(settings: Settings) -> Mapping[str, str]:
    """The variables of what serves for everybody: where it and the others listen, and no key of anybody's."""
    dagster, reports, launcher = settings.dagster, settings.report_server, settings.launcher
    inherited = {name: value for name, value in environment().items() if name not in KEY_VARIABLES}
    return {
        **inherited,
        "SMOKE_DAGSTER__HOST": dagster.host,
        "SMOKE_DAGSTER__PORT": str(dagster.port),
        "SMOKE_REPORT_SERVER__HOST": reports.host,
        "SMOKE_REPORT_SERVER__PORT": str(reports.port),
        "SMOKE_LAUNCHER__HOST": launcher.host,
        "SMOKE_LAUNCHER__PORT": str(launcher.port),
        "SMOKE_LOGGING__FORMAT": settings.logging.format,
        "SMOKE_LOGGING__LEVEL": settings.logging.level.value,
    }

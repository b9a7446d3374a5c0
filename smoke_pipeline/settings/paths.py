"""Where things lie: what the package ships, and the folder it writes to."""

import os
from pathlib import Path

import platformdirs

from smoke_pipeline.errors import SettingsError
from smoke_pipeline.settings.model import Settings

ROOT_DATA_FOLDER = Path("/var/lib/smoke_pipeline")
"""The default for root: the embedded server runs as another user, who cannot enter root's home."""

_PACKAGE = Path(__file__).resolve().parents[1]


def project_file(name: str) -> Path:
    """A shipped file or folder, in the wheel or the checkout: `config/…`, `templates`, `workspace.yaml`.

    Raises:
        SettingsError: The installation is incomplete.
    """
    places = (_PACKAGE / "_data" / name, _PACKAGE.parent / name)
    for place in places:
        if place.exists():
            return place
    raise SettingsError(f"The installation has no {name!r}.", ("Install the package again.",))


def data_folder(settings: Settings, *, is_root: bool | None = None) -> Path:
    """The absolute folder of sessions, snapshots, reports and the embedded server; made if missing.

    Args:
        settings: `data_dir` is taken as it is; a relative one lies in the working directory.
        is_root: Whether the user is root; None to ask the system.

    Raises:
        SettingsError: The folder cannot be made.
    """
    as_root = os.geteuid() == 0 if is_root is None else is_root
    folder = _chosen(settings, as_root)
    try:
        _make(folder, as_root)
    except OSError as error:
        raise SettingsError(
            f"The data folder {folder} cannot be made: {error.strerror}.",
            ("Name another one with the setting data_dir or the variable SMOKE_DATA_DIR.",),
        ) from error
    return folder


def _chosen(settings: Settings, is_root: bool) -> Path:
    if settings.data_dir is not None:
        return settings.data_dir.expanduser().absolute()
    return ROOT_DATA_FOLDER if is_root else platformdirs.user_data_path("smoke_pipeline", appauthor=False)


def _make(folder: Path, is_root: bool) -> None:
    """Make what is missing of the way to `folder`; what is there stays as it is."""
    missing = [part for part in (folder, *folder.parents) if not part.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for part in missing if is_root else ():
        # The server's user must get through, whatever root's umask; it sees no more than that.
        part.chmod(0o711)

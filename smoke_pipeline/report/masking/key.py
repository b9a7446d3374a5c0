"""The key under which values are masked: that of the settings, or one of this installation's own."""

from pathlib import Path

from smoke_pipeline.errors import SettingsError
from smoke_pipeline.readers.disk import kept_key
from smoke_pipeline.report.masking.masker import Masker, what_is_masked
from smoke_pipeline.settings.masking import Masked
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.settings.paths import data_folder
from smoke_pipeline.settings.presets import preset

FILE_NAME = "masking.key"
_LEAST = 16
"""Characters of a key; below, every key could be tried out."""


def masker_of(
    settings: Settings, preset_name: str | None = None, folder: Path | None = None
) -> Masker | None:
    """What masks the values of a comparison; None where nothing is to be masked.

    Args:
        settings: They say what is masked.
        preset_name: Its preset says what is masked beside that; default: the default one.
        folder: The data folder; default: as the settings say, looked up only where it is needed.

    Raises:
        SettingsError: The key is too short, or the data folder cannot be used.
        StorageFullError: The disk has no room for a new key.
        AccessDeniedError: The key cannot be read or written.
    """
    what = what_is_masked(_without_key(settings), preset(settings, preset_name).masking)
    if not (what.columns or what.patterns):
        return None
    own = settings.masking.key
    key = own.get_secret_value() if own else kept_key((folder or data_folder(settings)) / FILE_NAME)
    if len(key) < _LEAST:
        raise SettingsError(
            f"The key that masks values has fewer than {_LEAST} characters.",
            ("Set masking.key to a long random text, or leave it out and let one be made.",),
        )
    return Masker(key=key.encode(), columns=what.columns, patterns=what.patterns)


def _without_key(settings: Settings) -> Masked:
    return Masked(columns=settings.masking.columns, patterns=settings.masking.patterns)

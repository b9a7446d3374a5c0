"""Files of this machine that a client may name: those below the folders of the settings, and no others."""

from collections.abc import Sequence
from pathlib import Path

from smoke_pipeline.errors import AccessDeniedError

_LONGEST = 4096


def file_below(named: str, roots: Sequence[Path]) -> Path:
    """The file that is meant, with every link followed.

    A path that does not begin at the root of the disk is looked for below each folder in turn. What lies
    outside is refused in the same words as what is not there, so that nobody learns what there is.

    Raises:
        AccessDeniedError: It is no file below those folders.
    """
    for root in roots:
        try:
            folder = root.expanduser().resolve(strict=True)
            found = (folder / named).resolve(strict=True)
            is_file = found.is_file()
        except (OSError, ValueError, RuntimeError):
            continue
        if is_file and found.is_relative_to(folder):
            return found
    raise _outside(named, roots)


def _outside(named: str, roots: Sequence[Path]) -> AccessDeniedError:
    shown = named[:_LONGEST]
    if not roots:
        return AccessDeniedError(
            "This launcher reads no files of its machine.",
            suggestions=(
                "Let it read a folder: `smoke mcp --root FOLDER`, or the setting launcher.roots.",
                "Over HTTP, hand the file in with create_upload.",
            ),
            context={"path": shown},
        )
    folders = ", ".join(map(str, roots))
    return AccessDeniedError(
        f"{shown!r} is no file below the folders that this launcher may read.",
        suggestions=(
            f"Put it below {folders}.",
            "Whoever looks after the launcher can add to launcher.roots.",
        ),
        context={"path": shown},
    )

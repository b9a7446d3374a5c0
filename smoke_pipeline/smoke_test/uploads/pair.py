"""One ZIP that holds both sides."""

from pathlib import Path

from smoke_pipeline.errors import ArchiveChoiceError, NoCsvInArchiveError, UnsupportedFileTypeError
from smoke_pipeline.readers.archives import csvs_of
from smoke_pipeline.readers.places import LocalFile
from smoke_pipeline.smoke_test.uploads.roles import Roles, roles_of

_ZIP = b"PK"
_PAIR = 2
_MOST_LISTED = 20


def pair_in_zip(path: Path) -> Roles:
    """The names of the two CSVs of a ZIP, with their sides.

    Raises:
        ObjectNotFoundError: There is no such file, or it is a folder.
        AccessDeniedError: The file may not be read.
        UnsupportedFileTypeError: It is no ZIP.
        NoCsvInArchiveError: It holds no CSV, or one only.
        ArchiveChoiceError: It holds more than two; their names and sizes are told.
        UnsafeArchiveError: It is damaged, or holds a name twice.
    """
    file = LocalFile(path)
    if not file.head(len(_ZIP)).startswith(_ZIP):
        raise UnsupportedFileTypeError(
            f"{path} is one file and no ZIP, so it cannot hold both sides.",
            suggestions=("Name two files.", "Hand in a ZIP that holds both CSVs."),
            context={"path": str(path)},
        )
    sizes = csvs_of(file)
    if len(sizes) == _PAIR:
        return roles_of(list(sizes))
    listed = ", ".join(f"{name} ({size:,} bytes)" for name, size in [*sizes.items()][:_MOST_LISTED])
    if len(sizes) < _PAIR:
        raise NoCsvInArchiveError(
            f"{path} holds one CSV only, {listed}; both sides are two.",
            suggestions=("Put both CSVs into the ZIP.", "Name a second file."),
            context={"members": sizes},
        )
    more = f" and {len(sizes) - _MOST_LISTED:,} more" if len(sizes) > _MOST_LISTED else ""
    raise ArchiveChoiceError(
        f"{path} holds {len(sizes):,} CSVs, and both sides are two: {listed}{more}.",
        suggestions=(
            "Say which are meant: name the ZIP twice, with --read-source member=NAME and "
            "--read-target member=NAME.",
        ),
        context={"members": sizes},
    )

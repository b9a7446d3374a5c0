"""The right reader for a file, by what the file holds."""

from pathlib import Path

from smoke_pipeline.errors import NoCsvInArchiveError, UnsupportedFileTypeError
from smoke_pipeline.readers.archives import only_csv
from smoke_pipeline.readers.base import Reader, ReadOptions
from smoke_pipeline.readers.csv.batches import CsvReader, Packing
from smoke_pipeline.readers.parquet_batches import ParquetReader
from smoke_pipeline.readers.places import LocalFile, require_size, unpack_gzip, unpack_member
from smoke_pipeline.settings.model import UploadSettings

_PARQUET, _GZIP = b"PAR1", b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_FOREIGN = {
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"PAR1": "a Parquet file",
    b"PARE": "an encrypted Parquet file",
    b"PK\x03\x04": "a ZIP",
    b"\x1f\x8b": "a gzipped file",
    b"7z\xbc\xaf": "a 7z archive",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"\x28\xb5\x2f\xfd": "a zstd file",
    b"ORC": "an ORC file",
    b"Obj\x01": "an Avro file",
    b"ARROW1": "an Arrow file",
}


def open_file(
    path: Path,
    options: ReadOptions | None = None,
    *,
    limits: UploadSettings | None = None,
    is_handed_in: bool = False,
) -> Reader:
    """A reader for a CSV, a gzipped CSV, a ZIP with one CSV, or a Parquet file.

    Args:
        path: Where it lies.
        options: How it is read, where detection is not wanted.
        limits: What an archive's member may be.
        is_handed_in: Whether those limits hold for the file itself, too, and for what a gzip holds.

    Raises:
        ObjectNotFoundError: There is no such file, or it is a folder.
        AccessDeniedError: The file may not be read.
        UploadError: The file is none of these, or not a table.
    """
    if str(path) == "-":
        raise UnsupportedFileTypeError(
            "Standard input cannot be compared, for a comparison reads its input more than once.",
            suggestions=("Write the data to a file first.", "If the file is named so, write ./-."),
        )
    file, options = LocalFile(path), options or ReadOptions()
    limits = limits or UploadSettings()
    most_bytes = limits.max_bytes if is_handed_in else None
    require_size(file.size_bytes, most_bytes, path)  # a missing file is told before anything else
    start = file.head(8)
    if options.member is not None and not start.startswith(_ZIP):
        raise NoCsvInArchiveError(
            f"{path} is no ZIP, so it holds nothing named {options.member!r}.",
            suggestions=("Leave the member out.",),
            context={"path": str(path)},
        )
    if start.startswith(_PARQUET):
        return ParquetReader(file)
    if start.startswith(_ZIP):
        member = only_csv(file, limits, options.member)
        packing = Packing(unpack_member(file, member), "zip", member)
    elif start.startswith(_GZIP):
        packing = Packing(unpack_gzip(file, most_bytes), "gzip")
    else:
        packing = Packing(file.open)
    with packing.open() as content:
        _require_text(path, content.read(8), packing)
    return CsvReader(file, packing, options)


def _require_text(path: Path, start: bytes, packing: Packing) -> None:
    what = next((name for mark, name in _FOREIGN.items() if start.startswith(mark)), None)
    if what is None and start and path.suffix.lower() in (".parquet", ".pq"):
        what = "no Parquet file, whatever its name says"
    if what:
        place = f"{packing.member} in {path}" if packing.member else str(path)
        holds = "holds" if packing.compression == "gzip" else "is"
        raise UnsupportedFileTypeError(
            f"{place} {holds} {what}.",
            suggestions=("Hand in a CSV, a gzipped CSV, a ZIP with one CSV, or a Parquet file.",),
            context={"path": str(path)},
        )

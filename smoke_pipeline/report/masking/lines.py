"""The file of every difference with its values masked, a row group at a time."""

from pathlib import Path

import pyarrow as pa

from smoke_pipeline.comparison.parts.written import rewrite
from smoke_pipeline.report.masking.masker import Masker

_KEY = "key:"


def mask_lines(path: Path, masker: Masker | None) -> None:
    """Mask the values in `mismatches.parquet`; the lines stay as many as they are, in their order.

    Raises:
        SnapshotError: The file is not there or damaged, or the disk has no room.
        AccessDeniedError: The folder cannot be written.
    """
    if masker is not None:
        rewrite(path, lambda lines: masked_lines(lines, masker))


def masked_lines(lines: pa.Table, masker: Masker) -> pa.Table:
    """The lines with their values masked."""
    for name in lines.column_names:
        if name.startswith(_KEY):
            column = name.removeprefix(_KEY)
            lines = _with(lines, name, [masker.mask(column, one) for one in lines[name].to_pylist()])
    columns = lines["column"].to_pylist()
    sides = [lines[f"{side}_value"].to_pylist() for side in ("source", "target")]
    for name, own, other in (("source_value", *sides), ("target_value", *reversed(sides))):
        shown = [
            masker.mask_json_row(value) if column is None else masker.mask(column, value, against)
            for column, value, against in zip(columns, own, other, strict=True)
        ]
        lines = _with(lines, name, shown)
    return lines


def _with(lines: pa.Table, name: str, values: list[str | None]) -> pa.Table:
    place = lines.schema.get_field_index(name)
    return lines.set_column(place, lines.schema.field(place), pa.array(values, pa.string()))

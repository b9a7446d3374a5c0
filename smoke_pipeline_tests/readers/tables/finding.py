"""Whether every row is found again by the value of its key."""

import pyarrow as pa

from smoke_pipeline.readers.base import Reader
from smoke_pipeline.readers.tables.keys import WantedKeys


def not_found_again(reader: Reader, column: str) -> list[object]:
    """The values of a column whose rows are not among those that are asked for by that value."""
    whole = pa.Table.from_batches(reader.batches(1000), reader.schema)[column].to_pylist()
    return [value for value in whole if value not in asked_for(reader, column, value)]


def asked_for(reader: Reader, column: str, value: object) -> list[object]:
    wanted = WantedKeys(columns=(column,), values=[(value,)])
    found = pa.Table.from_batches(reader.read(1000, wanted), reader.schema)
    return found[column].to_pylist()

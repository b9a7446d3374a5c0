"""Which Arrow types can be compared exactly, and the plain type each is read as."""

import pyarrow as pa
import pyarrow.types as pt

from smoke_pipeline.errors import DuplicateColumnError, UnsupportedColumnTypeError

_SUPPORTED = (
    pt.is_null,
    pt.is_boolean,
    pt.is_integer,
    pt.is_floating,
    pt.is_decimal,
    pt.is_string,
    pt.is_large_string,
    pt.is_string_view,
    pt.is_date,
    pt.is_timestamp,
    pt.is_time,
    pt.is_duration,
    pt.is_binary,
    pt.is_large_binary,
    pt.is_binary_view,
    pt.is_fixed_size_binary,
)


def plain_type(data_type: pa.DataType) -> pa.DataType:
    """The type without an encoding that says nothing about the values."""
    if pt.is_dictionary(data_type):
        return plain_type(data_type.value_type)
    if pt.is_run_end_encoded(data_type):
        return plain_type(data_type.value_type)
    if isinstance(data_type, pa.BaseExtensionType):  # a UUID is sixteen bytes, JSON is text
        return plain_type(data_type.storage_type)
    return data_type


def plain_schema(schema: pa.Schema, origin: str) -> pa.Schema:
    """The columns with their plain types.

    Raises:
        DuplicateColumnError: Two columns have one name.
    """
    require_distinct(schema.names, origin)
    return pa.schema([pa.field(field.name, plain_type(field.type)) for field in schema])


def plain_batch(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The same rows with the plain types of `schema`."""
    arrays = [_plain(array, field.type) for array, field in zip(batch.columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _plain(array: pa.Array, data_type: pa.DataType) -> pa.Array:
    if isinstance(array.type, pa.BaseExtensionType):
        return _plain(array.storage, data_type)
    if pt.is_dictionary(array.type):
        return _plain(array.dictionary_decode(), data_type)
    return array if array.type == data_type else array.cast(data_type)


def is_comparable(field: pa.Field) -> bool:
    """Whether the values of a column can be compared exactly."""
    return any(is_type(field.type) for is_type in _SUPPORTED)


def require_comparable(field: pa.Field, origin: str) -> None:
    """Refuse a column whose values cannot be compared exactly.

    Raises:
        UnsupportedColumnTypeError: The column has a nested type, or an interval of months.
    """
    if not is_comparable(field):
        raise UnsupportedColumnTypeError(
            f"Column {field.name!r} of {origin} is of type {field.type}, which cannot be compared exactly.",
            suggestions=(
                "Write the column as text, or as columns of plain types.",
                f"Leave it out with --ignore {field.name!r}.",
            ),
            context={"column": field.name, "type": str(field.type)},
        )


def require_distinct(names: list[str], origin: str, *suggestions: str) -> None:
    """Refuse two columns of one name.

    Args:
        names: The names.
        origin: Where the columns come from.
        suggestions: What else may be done about it.

    Raises:
        DuplicateColumnError: Two columns have one name.
    """
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise DuplicateColumnError(
            f"{origin} has more than one column named {', '.join(map(repr, twice))}.",
            suggestions=("Rename one of them where the file is written.", *suggestions),
            context={"columns": twice},
        )

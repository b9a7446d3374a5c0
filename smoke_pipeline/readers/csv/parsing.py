"""Text of whole CSV records as an Arrow table of text."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.csv as pa_csv

from smoke_pipeline.readers.base import Dialect


def parsed(text: bytes, dialect: Dialect, names: Sequence[str]) -> pa.Table:
    """The rows of whole records of UTF-8 text, read in this thread.

    A field that is empty and not quoted is NULL.

    The streaming reader of pyarrow is not used: it reads ahead in a thread of its own, which needs Python to
    go on, so a process that ends while one is half read waits for ever.

    Raises:
        pa.ArrowInvalid: A row has more or fewer fields than there are names.
    """
    places = [f"f{number}" for number in range(len(names))]  # names may repeat those pyarrow knows otherwise
    if not text.endswith((b"\n", b"\r")):
        text += b"\n"  # without it an empty last field counts as quoted if the one before it is
    table = pa_csv.read_csv(
        pa.py_buffer(text),
        read_options=pa_csv.ReadOptions(use_threads=False, block_size=len(text) + 1, column_names=places),
        parse_options=pa_csv.ParseOptions(
            delimiter=dialect.delimiter,
            quote_char=dialect.quote or False,
            double_quote=dialect.escape is None,
            escape_char=dialect.escape or False,
            newlines_in_values=True,
            ignore_empty_lines=True,
        ),
        convert_options=pa_csv.ConvertOptions(
            check_utf8=False,  # it was decoded on the way here
            column_types=dict.fromkeys(places, pa.string()),
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
        ),
    )
    return table.rename_columns(list(names))

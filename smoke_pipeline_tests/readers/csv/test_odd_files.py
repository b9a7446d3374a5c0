"""Odd files come out exactly as the table that they are, with nothing stated; what is no row is told."""

import pytest

from smoke_pipeline.readers.files import open_file
from smoke_pipeline_tests.readers.csv.odd_files import ODD_FILES, OddFile
from smoke_pipeline_tests.readers.reading import in_small_blocks, rows_of, written


@pytest.mark.parametrize("odd", [pytest.param(odd, id=odd.what) for odd in ODD_FILES])
def test_an_odd_file_is_read_as_the_table_that_it_is(tmp_path, odd: OddFile):
    reader = open_file(written(tmp_path, odd.content))

    found = reader.schema.names, rows_of(reader)

    assert found == (odd.names, odd.rows)
    reading = reader.facts().reading
    told = {name: getattr(reading, name).lines for name in ("preamble", "footer") if getattr(reading, name)}
    assert told == odd.reading


@pytest.mark.parametrize("odd", [pytest.param(odd, id=odd.what) for odd in ODD_FILES])
def test_where_blocks_end_makes_no_difference(tmp_path, odd: OddFile):
    path = written(tmp_path, odd.content)

    for block_bytes in (1, 3, 8):
        reader = in_small_blocks(path, block_bytes)

        assert (reader.schema.names, rows_of(reader, 2)) == (odd.names, odd.rows)

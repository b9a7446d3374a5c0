import io

import pyarrow.parquet as pq
import pytest

from smoke_pipeline.comparison.result import DifferenceKind
from smoke_pipeline.report.mismatch_csv import FIELDS
from smoke_pipeline.report.review.lines import lines_of_result
from smoke_pipeline_tests.report.formats.writing import written
from smoke_pipeline_tests.report.results import mismatch, one_sided, result, rich


def read(found):
    return pq.read_table(io.BytesIO(written("parquet", found)))


def test_it_has_the_columns_of_the_csv_but_for_nulls():
    assert read(rich()).column_names == ["key:id", *(name for name in FIELDS if name != "nulls")]


def test_null_is_null_and_the_empty_text_is_the_empty_text():
    (line,) = read(result(differences=(mismatch(None, ("a", None, "")),))).to_pylist()

    assert (line["key:id"], line["source_value"], line["target_value"]) == (None, None, "")


def test_there_is_a_line_for_each_line_of_the_csv():
    assert read(rich()).num_rows == lines_of_result(rich(), "").lines.total()


def test_a_result_without_differences_is_a_table_without_rows():
    assert read(result()).num_rows == 0


@pytest.mark.parametrize("kind", [DifferenceKind.SOURCE_ONLY, DifferenceKind.TARGET_ONLY])
def test_a_row_of_one_side_is_a_json_object_on_its_side(kind):
    (line,) = read(result(differences=(one_sided(kind, {"id": "1", "a": None}, 7),))).to_pylist()

    is_source = kind is DifferenceKind.SOURCE_ONLY
    assert line["source_value" if is_source else "target_value"] == '{"id":"1","a":null}'
    assert line["target_value" if is_source else "source_value"] is None
    assert line["column"] is None

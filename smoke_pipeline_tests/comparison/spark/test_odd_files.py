"""The engine spark on CSVs that are not plain: nothing is left out of a file without a word."""

import pytest

from smoke_pipeline.comparison.options import parse_spec
from smoke_pipeline.comparison.result import Verdict
from smoke_pipeline.comparison.spark.compare import compare_in_session
from smoke_pipeline.errors import CsvFormatError
from smoke_pipeline.settings.load import load_settings

pytestmark = pytest.mark.java
SETTINGS = load_settings(environ={})
TABLE = "id,v\n1,1.5\n2,2.5\n3,3.5\n"


def compared(spark, places, **options):
    spec = parse_spec({"key": ["id"], **options})
    return compare_in_session(spark, tuple(map(str, places)), spec, settings=SETTINGS)


def test_what_was_left_out_of_a_file_is_told(spark, tmp_path):
    sides = tmp_path / "a.csv", tmp_path / "b.csv"
    sides[0].write_text(f"Sales of March\n{TABLE}", "utf-8")
    sides[1].write_text(f"{TABLE}4\n", "utf-8")

    result = compared(spark, sides, target={"ragged": "skip"})

    assert (result.verdict, result.counts.matched) == (Verdict.UNPROVEN, 3)
    assert result.source.reading.preamble.start == "Sales of March"
    assert result.target.reading.skipped_rows == 1


def test_nothing_is_left_out_of_one_file_among_several(spark, tmp_path):
    side = tmp_path / "side"
    side.mkdir()
    (side / "1.csv").write_text(TABLE, "utf-8")
    (side / "2.csv").write_text(TABLE.replace("\n1,", "\n7,") + "4\n", "utf-8")

    with pytest.raises(CsvFormatError, match="one of several files of the source"):
        compared(spark, (side, side), source={"ragged": "skip"})

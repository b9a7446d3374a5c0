import html
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.report.formats.as_markdown import MOST_CHARACTERS, MOST_ROWS, quoted
from smoke_pipeline_tests.report.formats.writing import written
from smoke_pipeline_tests.report.hostile import HOSTILE, hostile
from smoke_pipeline_tests.report.results import cluster, mismatch, result, rich

ENTITY = re.compile(r"&#\d+;")


def text_of(found) -> str:
    return written("md", found).decode()


def test_it_begins_with_the_verdict():
    assert text_of(rich()).startswith("## FAILED: match score 95.00 of 100, Good (threshold 99.5)\n")


@pytest.mark.parametrize("value", HOSTILE, ids=[repr(value[:12]) for value in HOSTILE])
def test_nothing_of_the_data_is_markup(value):
    text = text_of(hostile(value))

    bare = ENTITY.sub("", text.replace("<code>", "").replace("</code>", ""))
    assert not re.search(r"[<>`*@&\\~$\[\]]|://|www\.", bare)
    assert "\x00" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("value", HOSTILE, ids=[repr(value[:12]) for value in HOSTILE])
def test_every_line_of_a_table_has_the_cells_of_its_header(value):
    width = 0
    for line in text_of(hostile(value)).splitlines():
        cells = line.count("|")
        if not line.startswith("|"):
            width = 0
            continue
        width = width or cells
        assert cells == width, line


@given(st.text(max_size=59))
def test_a_short_value_can_be_read_back(text):
    seen = "".join(one for one in text if one.isprintable())

    shown = quoted(seen)

    assert html.unescape(shown.removeprefix("<code>").removesuffix("</code>")) == seen


def test_it_is_short_enough_for_a_forge_whatever_is_in_it():
    long = "ä<" * 200_000
    found = hostile(long)
    many = replace(
        found,
        differences=tuple(
            mismatch(f"{long}{n}", *[(f"{long}{c}", long, long) for c in range(60)]) for n in range(200)
        ),
        mismatch_by_column={f"{n}{long}": n for n in range(1, 500)},
        explanation=tuple(
            cluster(f"{n}{long}", "case", cells=1, of=1, example=(long, long)) for n in range(100)
        ),
    )

    assert len(text_of(many)) < MOST_CHARACTERS


def test_it_shows_the_first_rows_and_says_of_how_many():
    rows = tuple(mismatch(str(n), ("amount", "1", "2")) for n in range(50))

    text = text_of(result(differences=rows))

    assert f"The first {MOST_ROWS} of" in text
    assert text.count("| mismatched | <code>amount") == MOST_ROWS


def test_it_says_where_values_are_masked():
    assert "Values are masked in: <code>card</code>." in text_of(result(masked_columns=("card",)))

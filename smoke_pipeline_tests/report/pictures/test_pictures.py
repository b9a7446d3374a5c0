import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.comparison.result import CellDifference, DifferenceKind, RowCounts, RowDifference
from smoke_pipeline.report.pictures.bars import columns_picture, patterns_picture
from smoke_pipeline.report.pictures.changes import changes_pictures
from smoke_pipeline.report.pictures.fall import fall_picture
from smoke_pipeline.report.pictures.histogram import BINS, bin_of
from smoke_pipeline.report.pictures.past import MOST, PastScore, past_picture
from smoke_pipeline.report.pictures.places import places_picture
from smoke_pipeline.report.pictures.svg import WIDTH
from smoke_pipeline_tests.report.results import mismatch, result

START = datetime(2026, 1, 1, tzinfo=UTC)


def boxes(picture) -> list[tuple[str, float, float]]:
    """What the boxes look like, where they begin and how wide they are."""
    return [
        (one.get("class", "").removeprefix("fill "), float(one.get("x", 0)), float(one.get("width", 0)))
        for one in ET.fromstring(picture.svg)
        if one.tag == "rect"
    ]


def changed(*pairs: tuple[str, str], column: str = "amount"):
    rows = tuple(mismatch(str(at), (column, *pair), rows=(at + 1, at + 1)) for at, pair in enumerate(pairs))
    return result(RowCounts(mismatched=len(rows)), differences=rows)


def test_one_row_of_a_million_is_seen():
    picture = fall_picture(result(RowCounts(matched=999_999, source_only=1)))

    assert [name for name, _, _ in boxes(picture)] == ["matched", "source-only"]
    assert boxes(picture)[1][2] >= 3
    assert picture.description == "999,999 matched, 1 source-only."


@given(*[st.integers(0, 10**9)] * 4)
def test_the_parts_of_the_bar_are_the_whole_of_it(matched, mismatched, source_only, target_only):
    counts = RowCounts(
        matched=matched, mismatched=mismatched, source_only=source_only, target_only=target_only
    )

    picture = fall_picture(result(counts))

    assert (picture is None) == (not any((matched, mismatched, source_only, target_only)))
    assert picture is None or sum(width for _, _, width in boxes(picture)) == pytest.approx(WIDTH, abs=0.1)


def test_the_worst_column_comes_first_and_the_rest_is_counted():
    counts = {f"c{at}": at for at in range(1, 25)}

    picture = columns_picture(result(RowCounts(mismatched=24), mismatch_by_column=counts))

    assert picture.description.startswith("c24: 24; c23: 23;")
    assert picture.description.endswith("and 14 more.")
    assert picture.note == "The 10 largest of 24."


def test_cells_without_a_pattern_are_drawn_too():
    found = result(
        RowCounts(mismatched=5),
        mismatch_by_column={"amount": 5},
        patterns={"amount": {"sign": 2, "scaled": 1}},
    )

    assert (
        patterns_picture(found).description == "amount (no pattern): 2; amount (sign): 2; amount (scaled): 1."
    )


def test_without_mismatches_there_is_nothing_to_draw():
    found = result(RowCounts(matched=3))

    assert columns_picture(found) is None
    assert patterns_picture(found) is None
    assert places_picture(found) is None
    assert changes_pictures(found) == []


@pytest.mark.parametrize(
    ("keys", "title"),
    [
        (["10", "2", "33"], "Where the differences sit, by id"),
        (["2026-01-01", "2026-02-01", "2025-01-01"], "Where the differences sit, by id"),
        (["a", "b", "c"], "Where the differences sit, by place in the table"),
        (["1", None, "3"], "Where the differences sit, by place in the table"),
        (["nan", "inf", "1"], "Where the differences sit, by place in the table"),
    ],
)
def test_differences_are_put_along_the_key_where_it_is_a_number_or_a_date(keys, title):
    rows = tuple(mismatch(key, ("a", "1", "2"), rows=(at + 1, at + 1)) for at, key in enumerate(keys))

    picture = places_picture(result(RowCounts(mismatched=3), differences=rows))

    assert picture.title == title


def test_without_numbers_of_rows_there_is_no_place():
    rows = tuple(
        RowDifference(
            kind=DifferenceKind.MISMATCHED,
            key=(key,),
            cells=(CellDifference(column="a", source="1", target="2"),),
        )
        for key in "abc"
    )

    assert places_picture(result(RowCounts(mismatched=3), differences=rows)) is None


def test_places_of_a_part_say_that_they_are_a_part():
    rows = tuple(mismatch(str(at), ("a", "1", "2")) for at in range(5))

    picture = places_picture(result(RowCounts(mismatched=70), differences=rows))

    assert picture.note == "Of the 5 rows kept, of 70 that differ."


def test_the_change_of_numbers_is_told():
    (picture,) = changes_pictures(changed(*[("10", str(10 + at)) for at in range(-3, 10) if at]))

    assert picture.title == "Change of amount, target less source"
    assert picture.description == "12 numbers changed, 9 up and 3 down: from -3 to +9, median +4."


def test_a_change_far_from_the_others_does_not_hide_them():
    (picture,) = changes_pictures(changed(*[("10", "11")] * 9, ("10", "1000000")))

    assert "Drawn by order of magnitude." in picture.note
    assert len({x for _, x, _ in boxes(picture)}) == 2


@pytest.mark.parametrize("pair", [("a", "b"), ("1", "x"), ("1", "1.0"), ("", "1")])
def test_what_is_no_change_of_a_number_is_not_drawn(pair):
    assert changes_pictures(changed(*[pair] * 20)) == []


def test_a_few_numbers_are_better_read_than_drawn():
    assert changes_pictures(changed(("1", "2"), ("1", "3"))) == []


@given(
    st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str), min_size=8, max_size=30)
)
def test_whatever_numbers_there_are_the_picture_holds_them(targets):
    for picture in changes_pictures(changed(*[("0.5", target) for target in targets])):
        assert all(x >= 0 and x + width <= WIDTH + 0.01 for _, x, width in boxes(picture))


@given(st.floats(0, 1), st.floats(1, 1e6))
def test_every_value_has_a_bin(share, high):
    assert 0 <= bin_of(share * high, 0, high) < BINS


def scores(*pairs: tuple[float, str]) -> list[PastScore]:
    return [
        PastScore(when=START + timedelta(days=at), score=score, verdict=verdict)
        for at, (score, verdict) in enumerate(pairs)
    ]


def test_one_run_has_no_history():
    assert past_picture(scores((100, "passed")), 100) is None


def test_each_verdict_has_a_shape_of_its_own():
    picture = past_picture(scores((90, "failed"), (100, "unproven"), (100, "passed")), 95)

    assert [one.tag for one in ET.fromstring(picture.svg) if "mark" in one.get("class", "")] == [
        "path",
        "circle",
        "circle",
    ]
    assert picture.description == (
        "3 runs from 2026-01-01 to 2026-01-03, 1 passed: 90.00, 100.00, 100.00. The threshold is 95."
    )


def test_only_the_newest_runs_are_drawn_whatever_their_order():
    many = scores(*[(50 + at / 2, "failed") for at in range(60)])

    picture = past_picture(many[::-1], 100)

    assert picture.svg.count('class="mark') == MOST
    assert "79.50. The" in picture.description


@pytest.mark.parametrize("score", [0.0, 100.0])
def test_scores_that_never_change_are_drawn(score):
    picture = past_picture(scores((score, "passed"), (score, "passed")), 100)

    assert not re.search("nan|inf", picture.svg)


def test_a_name_is_never_markup():
    evil = '<script>alert("1")</script>\u202e\x00\ud800&'
    found = result(
        RowCounts(mismatched=3),
        mismatch_by_column={evil: 3},
        patterns={evil: {evil: 3}},
        key=(evil,),
        differences=tuple(mismatch(str(at), (evil, "1", str(at + 2))) for at in range(9)),
    )

    for picture in (
        columns_picture(found),
        patterns_picture(found),
        places_picture(found),
        *changes_pictures(found),
    ):
        assert ET.fromstring(picture.svg).tag == "svg"
        assert "<script" not in picture.svg
        assert picture.svg.encode("utf-8")

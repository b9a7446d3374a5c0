"""The picture of a trend: well formed, told in words, the same each time."""

import xml.etree.ElementTree as ET
from datetime import timedelta
from html.parser import HTMLParser

import hypothesis.strategies as st
import pytest
from hypothesis import given

from smoke_pipeline.history.answers.picture import as_page, as_svg
from smoke_pipeline.history.answers.records import TrendPoint
from smoke_pipeline_tests.history.samples import NOON

SVG = "{http://www.w3.org/2000/svg}"


def point(days=0, verdict="passed", **changes):
    plain = {
        "at": NOON + timedelta(days=days),
        "session_id": f"upload_{days}",
        "sessions": 1,
        "passed": int(verdict == "passed"),
        "failed": int(verdict == "failed"),
        "unproven": int(verdict == "unproven"),
        "match_score": 100.0,
        "match_score_least": 100.0,
        "rows": 1000,
        "rows_differing": 0,
        "seconds": 2.0,
    }
    return TrendPoint(**plain | changes)


def drawn(*points, name="regions"):
    return ET.fromstring(as_svg(name, points).partition("?>")[2])


def marks(picture, kind):
    """The marks of a kind among the points; the legend has one more."""
    return len(picture.findall(f".//{SVG}g/*[@class='{kind}']"))


def test_each_verdict_has_a_shape_of_its_own():
    picture = drawn(
        point(0),
        point(1, "failed", match_score=60.0),
        point(2, "unproven"),
        point(3, session_id=None, sessions=3, passed=2),
        point(4, "none", match_score=None),
    )

    assert [marks(picture, kind) for kind in ("passed", "failed", "unproven", "sums")] == [1, 1, 1, 1]
    shapes = {shape.tag for shape in picture.findall(f".//{SVG}g/*") if shape.get("class")}
    assert shapes == {f"{SVG}circle", f"{SVG}polygon", f"{SVG}rect"}


def test_it_is_told_in_words_to_who_cannot_see_it():
    picture = drawn(point(0), point(3, "failed", match_score=60.5), point(5, match_score=99.999))

    assert picture.get("role") == "img"
    labelled = {one.get("id") for one in picture if one.get("id")}
    assert labelled == set(picture.get("aria-labelledby").split())
    assert picture.findtext(f"{SVG}title") == "Trend of regions"
    words = picture.findtext(f"{SVG}desc")
    assert "from 2026-03-01 to 2026-03-06: first 100.00, last 99.99, lowest 60.50 on 2026-03-04." in words
    assert "2 passed, 1 failed, 0 unproven" in words


@pytest.mark.parametrize(
    "points",
    [
        pytest.param((), id="none"),
        pytest.param((point(),), id="one"),
        pytest.param((point(), point()), id="at one moment"),
        pytest.param((point(verdict="none", match_score=None, seconds=0.0),), id="without a verdict"),
    ],
)
def test_few_points_are_drawn_too(points):
    assert drawn(*points).tag == f"{SVG}svg"


@given(
    name=st.text(),
    scores=st.lists(st.floats(0, 100) | st.none(), max_size=5),
    seconds=st.floats(0, 1e9),
)
def test_every_name_and_score_gives_well_formed_xml_with_nothing_outside(name, scores, seconds):
    points = [point(day, match_score=score, seconds=seconds) for day, score in enumerate(scores)]

    picture = drawn(*points, name=name)

    assert {one.tag for one in picture.iter() if not one.tag.startswith(SVG)} == set()
    for mark in picture.iter(f"{SVG}circle"):
        assert 0 <= float(mark.get("cx")) <= 760
        assert 0 <= float(mark.get("cy")) <= 400
    assert as_svg(name, points) == as_svg(name, points)


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)


def test_the_page_has_the_picture_and_the_figures_and_runs_nothing():
    page = as_page("<script>alert(1)</script>", [point(session_id="<img src=x>"), point(1)])

    tags = Tags()
    tags.feed(page)
    assert tags.seen.count("tr") == 3
    assert tags.seen.count("svg") == 1
    assert {"script", "img"} & set(tags.seen) == set()
    assert "1,000" in page

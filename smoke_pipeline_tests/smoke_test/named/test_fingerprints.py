"""Fingerprints of differences, and holding differences to accepted ones, against brute force."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.report.review.lines import Line
from smoke_pipeline.smoke_test.named.fingerprints import SIZE_BYTES, fingerprint_of, held_to

texts = st.one_of(st.none(), st.text(alphabet="abc\0'\ud800", max_size=3))
lines = st.builds(
    Line,
    st.lists(texts, max_size=3).map(tuple),
    st.sampled_from(["mismatched", "source_only", "target_only"]),
    texts,
    texts,
    texts,
)
few_lines = st.lists(lines, max_size=8)


def fingerprints(found):
    return [fingerprint_of(line) for line in found]


def line(*key, column="amount", source="1", target="2", kind="mismatched"):
    return Line(key, kind, column, source, target)


@given(one=lines, other=lines)
def test_two_differences_have_one_fingerprint_exactly_where_they_are_the_same(one, other):
    assert (fingerprint_of(one) == fingerprint_of(other)) == (one == other)
    assert len(fingerprint_of(one)) == SIZE_BYTES


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(line(None), line(""), id="NULL and the empty text as keys"),
        pytest.param(line("1", source=None), line("1", source=""), id="NULL and the empty text"),
        pytest.param(line("a", "bc"), line("ab", "c"), id="where one text ends"),
        pytest.param(line("a"), line("a", None), id="a key of more columns"),
        pytest.param(line("a"), line("a", ""), id="a key with an empty text more"),
        pytest.param(line("1", source="1", target="2"), line("1", source="2", target="1"), id="sides"),
        pytest.param(
            line("1", column=None, source="{}", target=None, kind="source_only"),
            line("1", column=None, source=None, target="{}", kind="target_only"),
            id="the side that has the row",
        ),
        pytest.param(line("NULL"), line(None), id="NULL and the word"),
    ],
)
def test_what_looks_alike_is_told_apart(one, other):
    assert fingerprint_of(one) != fingerprint_of(other)


@given(found=few_lines, accepted=few_lines)
def test_every_difference_is_accepted_new_or_gone_as_often_as_it_is_there(found, accepted):
    held = held_to(fingerprints(found), Counter(fingerprints(accepted)))

    assert held.accepted == (Counter(found) & Counter(accepted)).total()
    assert held.new == (Counter(found) - Counter(accepted)).total()
    assert held.gone == (Counter(accepted) - Counter(found)).total()


@given(found=st.lists(lines, min_size=1, max_size=8), data=st.data())
def test_without_one_accepted_difference_something_is_new(found, data):
    accepted = Counter(fingerprints(found))
    assert held_to(fingerprints(found), accepted).new == 0

    accepted[fingerprint_of(data.draw(st.sampled_from(found)))] -= 1

    assert held_to(fingerprints(found), accepted).new == 1


@given(found=few_lines, more=lines)
def test_one_difference_more_is_new(found, more):
    assert held_to(fingerprints([*found, more]), Counter(fingerprints(found))).new == 1


def test_what_was_accepted_is_left_as_it_was():
    accepted = Counter(fingerprints([line("1")]))

    held_to(fingerprints([line("1"), line("1")]), accepted)

    assert accepted == Counter(fingerprints([line("1")]))

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.report.texts.changes import changed_spans


def marked(text: str, spans) -> list[str]:
    return [text[start:end] for start, end in spans]


@pytest.mark.parametrize(
    ("source", "target", "ours", "theirs"),
    [
        ("Benavente Radio", "Benavente Rodio", ["a"], ["o"]),
        ("124.8", "126.8", ["4"], ["6"]),
        ("AB", "ABC", [], ["C"]),
        ("1.50", "-1.50", [], ["-"]),
        ("Tráfico Cd. Alt", "Trafico Cd Alt", ["á", "."], ["a"]),
        ("cafe\u0301", "cafe", ["e\u0301"], ["e"]),
        ("\U0001f468\u200d\U0001f467", "\U0001f468\u200d\U0001f466", None, None),
        ("abcdefgh", "stuvwxyz", ["abcdefgh"], ["stuvwxyz"]),
    ],
)
def test_the_characters_that_differ_are_marked(source, target, ours, theirs):
    found = changed_spans(source, target)

    assert marked(source, found[0]) == (ours if ours is not None else [source])
    assert marked(target, found[1]) == (theirs if theirs is not None else [target])


def test_the_middle_of_long_texts_is_marked_as_a_whole():
    source, target = "a" * 300 + "-" + "b" * 100, "a" * 300 + "+" + "c" * 100

    assert changed_spans(source, target) == (((300, 401),), ((300, 401),))


@given(
    st.text(st.sampled_from("ab \u0301\u200d\U0001f468")),
    st.text(st.sampled_from("ab \u0301\u200d\U0001f468")),
)
def test_what_is_not_marked_is_the_same_on_both_sides(source, target):
    found = changed_spans(source, target)

    left = []
    for text, spans in zip((source, target), found, strict=True):
        inside = {place for start, end in spans for place in range(start, end)}
        left.append("".join(sign for place, sign in enumerate(text) if place not in inside))
        assert all(start < end <= len(text) for start, end in spans)
    assert left[0] == left[1]
    assert any(found) == (source != target)

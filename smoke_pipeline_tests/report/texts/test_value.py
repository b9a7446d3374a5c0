import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.report.texts.value import LONGEST, name_shown, pieces_of, value_of, values_of
from smoke_pipeline.report.visible import is_unseen


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("a b", [""]),
        (" a ", ["space", "", "space"]),
        ("a  b", ["", "space", ""]),
        ("a\tb", ["", "unseen", ""]),
        ("", []),
    ],
)
def test_spaces_that_would_be_overlooked_are_told(text, kinds):
    assert [piece.kind for piece in pieces_of(text)] == kinds


def test_a_space_that_changed_is_shown_wherever_it_is():
    assert [(piece.text, piece.kind, piece.is_changed) for piece in pieces_of("a b", ((1, 2),))] == [
        ("a", "", False),
        (" ", "space", True),
        ("b", "", False),
    ]


@pytest.mark.parametrize(
    ("character", "name"),
    [("\0", "NUL"), ("\n", "LF"), ("\u00a0", "NBSP"), ("\u202e", "U+202E"), ("\ud800", "U+D800")],
)
def test_what_leaves_no_ink_has_a_name(character, name):
    assert name_shown(character) == name
    assert [piece.text for piece in pieces_of(f"a{character}b")] == ["a", name, "b"]


@given(st.text(st.characters()), st.lists(st.integers(0, 20), max_size=4).map(sorted))
def test_the_pieces_are_the_whole_text(text, places):
    spans = tuple(
        (min(start, len(text)), min(end, len(text)))
        for start, end in zip(places[::2], places[1::2], strict=False)
    )

    shown = "".join(piece.text for piece in pieces_of(text, spans))

    assert shown == "".join(name_shown(one) if is_unseen(one) else one for one in text)


def test_long_values_are_cut_where_they_differ():
    source, target = values_of("a" * 5_000 + "b" * 5_000, "a" * 5_000 + "c")

    assert (source.cut_before, target.cut_before) == (4_920, 4_920)
    assert (source.text or "").startswith("a" * 80 + "b")
    assert source.cut_after == 10_000 - 4_920 - LONGEST
    assert target.cut_after == 0


@given(st.integers(0, 20_000), st.integers(0, 20_000))
def test_the_first_difference_is_always_shown(before, after):
    source, target = "x" * before + "1" + "y" * after, "x" * before + "2" + "y" * after

    ours, theirs = values_of(source, target)

    assert [(ours.text or "")[start:end] for start, end in ours.changed] == ["1"]
    assert [(theirs.text or "")[start:end] for start, end in theirs.changed] == ["2"]


def test_null_is_no_text():
    assert value_of(None).text is None
    assert [value.text for value in values_of(None, "")] == [None, ""]


def test_nothing_is_marked_in_masked_values():
    for value in values_of("masked:0123456789ab", "masked:0123456789ac"):
        assert value.changed == ()

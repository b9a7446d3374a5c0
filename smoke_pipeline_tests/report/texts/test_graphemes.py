import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.report.texts.graphemes import graphemes


@pytest.mark.parametrize(
    "one",
    [
        "e\u0301",
        "e\u0323\u0302",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "\U0001f44d\U0001f3fd",
        "\U0001f1e8\U0001f1ed",
        "\u1112\u1161\u11ab",
        "\u0e19\u0e49\u0e33"[:2],
        "\u2764\ufe0f",
        "\r\n",
    ],
    ids=ascii,
)
def test_what_belongs_together_is_one_character(one):
    assert graphemes(f"a{one}b") == ["a", one, "b"]


def test_two_flags_are_two_characters():
    assert graphemes("\U0001f1e8\U0001f1ed\U0001f1eb\U0001f1f7") == [
        "\U0001f1e8\U0001f1ed",
        "\U0001f1eb\U0001f1f7",
    ]


def test_a_mark_after_a_line_end_stands_alone():
    assert graphemes("\n\u0301a") == ["\n", "\u0301", "a"]


@given(st.text(st.characters()))
def test_nothing_is_lost(text):
    assert "".join(graphemes(text)) == text

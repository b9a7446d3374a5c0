import pytest

from smoke_pipeline.report.visible import is_unseen, on_one_line, runs


@pytest.mark.parametrize(
    "character", ["\x00", "\t", "\n", "\x1b", "\u00a0", "\u200b", "\u202e", "\ufeff", "\u2028"]
)
def test_what_leaves_no_ink_is_unseen(character):
    assert is_unseen(character)


@pytest.mark.parametrize("character", ["a", " ", "ü", "é", "漢", "😀", "<"])
def test_what_can_be_read_is_seen(character):
    assert not is_unseen(character)


def test_text_stays_on_its_line():
    assert on_one_line("a\nb\x1b[2J") == "a<U+000A>b<U+001B>[2J"


def test_the_runs_of_a_text_are_the_whole_text():
    text = "\tab\u00a0\u00a0c"

    assert list(runs(text)) == [("\t", True), ("ab", False), ("\u00a0", True), ("\u00a0", True), ("c", False)]

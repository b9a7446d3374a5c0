"""Which characters of two texts differ."""

from difflib import SequenceMatcher

from smoke_pipeline.report.texts.graphemes import graphemes

Spans = tuple[tuple[int, int], ...]
"""Stretches of a text, each from and up to a place."""

LONGEST_MATCHED = 80
"""Characters up to which the middle of two texts is looked at one by one; else it is marked as a whole."""
LEAST_ALIKE = 0.5
"""Share of equal characters from which single ones are marked; below, marks would be confetti."""


def changed_spans(source: str, target: str) -> tuple[Spans, Spans]:
    """Where the two texts differ, never in the midst of what a reader takes for one character.

    A text that is the whole of the other one with something added has no mark itself.
    """
    ours, theirs = graphemes(source), graphemes(target)
    start, end = _common_ends(ours, theirs)
    middles = ours[start : len(ours) - end], theirs[start : len(theirs) - end]
    offset = sum(map(len, ours[:start]))
    if not _may_be_matched(*middles):
        return _whole(middles[0], offset), _whole(middles[1], offset)
    return _matched(*middles, offset)


def _common_ends(ours: list[str], theirs: list[str]) -> tuple[int, int]:
    """How many characters are the same at the beginning and, of the others, at the end."""
    shorter = min(len(ours), len(theirs))
    start = next((at for at in range(shorter) if ours[at] != theirs[at]), shorter)
    left = shorter - start
    end = next((at for at in range(left) if ours[-1 - at] != theirs[-1 - at]), left)
    return start, end


def _may_be_matched(ours: list[str], theirs: list[str]) -> bool:
    return min(len(ours), len(theirs)) > 1 and max(len(ours), len(theirs)) <= LONGEST_MATCHED


def _whole(middle: list[str], offset: int) -> Spans:
    return ((offset, offset + sum(map(len, middle))),) if middle else ()


def _matched(ours: list[str], theirs: list[str], offset: int) -> tuple[Spans, Spans]:
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    if matcher.ratio() < LEAST_ALIKE:
        return _whole(ours, offset), _whole(theirs, offset)
    steps = [step for step in matcher.get_opcodes() if step[0] != "equal"]
    return (
        _spans(ours, [(first, last) for _, first, last, _, _ in steps], offset),
        _spans(theirs, [(first, last) for _, _, _, first, last in steps], offset),
    )


def _spans(pieces: list[str], stretches: list[tuple[int, int]], offset: int) -> Spans:
    places = [offset]
    for piece in pieces:
        places.append(places[-1] + len(piece))
    return tuple((places[first], places[last]) for first, last in stretches if first < last)

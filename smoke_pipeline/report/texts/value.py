"""One value of the data: cut to a readable length, with what changed in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from smoke_pipeline.report.masking.masker import PREFIX
from smoke_pipeline.report.texts.changes import Spans, changed_spans
from smoke_pipeline.report.visible import is_unseen

LONGEST = 600
"""Characters shown of one value; the CSV has all of them."""
BEFORE = 80
"""Characters shown before the first one that differs, where the start is cut off."""
NAMES = {"\0": "NUL", "\t": "TAB", "\n": "LF", "\r": "CR", "\u00a0": "NBSP", "\ufeff": "BOM"}
"""What characters that leave no ink are called, where they have a name that people know."""
_STRETCH = 4096
_SPACES = re.compile(r"^ +| +$| {2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What is shown of a value; `text` is None for NULL."""

    text: str | None
    changed: Spans = ()
    """Stretches of `text` that the other side does not have."""
    cut_before: int = 0
    cut_after: int = 0

    @property
    def is_cut(self) -> bool:
        """Whether the value is longer than what is shown."""
        return bool(self.cut_before or self.cut_after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a text that looks the same from end to end."""

    text: str
    """What is shown: the text, or the name of one character that leaves no ink."""
    kind: str = ""
    """`unseen` for such a name, `space` for spaces that would be overlooked."""
    is_changed: bool = False


def value_of(text: str | None, start: int = 0) -> Value:
    """A value as it is shown, cut to a readable length from `start` on."""
    if text is None:
        return Value(text=None)
    shown = text[start : start + LONGEST]
    return Value(text=shown, cut_before=start, cut_after=len(text) - start - len(shown))


def values_of(source: str | None, target: str | None) -> tuple[Value, Value]:
    """Two values that differ, cut so that the first difference is there, and with what changed.

    Of masked values nothing is marked: the digits of a digest tell nothing.
    """
    start = _start(source or "", target or "")
    ours, theirs = value_of(source, start), value_of(target, start)
    if not ours.text or not theirs.text or ours.text.startswith(PREFIX) or theirs.text.startswith(PREFIX):
        return ours, theirs
    marks = changed_spans(ours.text, theirs.text)
    return tuple(  # type: ignore[return-value]
        Value(text=value.text, changed=spans, cut_before=value.cut_before, cut_after=value.cut_after)
        for value, spans in zip((ours, theirs), marks, strict=True)
    )


def pieces_of(text: str, changed: Spans = ()) -> Iterator[Piece]:
    """The text in pieces, in its order; nothing of it is left out."""
    edges = sorted({0, len(text), *(place for span in changed for place in span)})
    spaces = [match.span() for match in _SPACES.finditer(text)]
    edges = sorted({*edges, *(place for span in spaces for place in span)})
    for first, last in pairwise(edges):
        is_changed = any(start <= first < end for start, end in changed)
        is_space = text[first:last].isspace() and set(text[first:last]) == {" "}
        if is_space and (is_changed or any(start <= first < end for start, end in spaces)):
            yield Piece(text=text[first:last], kind="space", is_changed=is_changed)
        else:
            yield from _runs(text[first:last], is_changed)


def _runs(text: str, is_changed: bool) -> Iterator[Piece]:
    start = 0
    for position, character in enumerate(text):
        if is_unseen(character):
            if start < position:
                yield Piece(text=text[start:position], is_changed=is_changed)
            yield Piece(text=name_shown(character), kind="unseen", is_changed=is_changed)
            start = position + 1
    if start < len(text):
        yield Piece(text=text[start:], is_changed=is_changed)


def name_shown(character: str) -> str:
    """How the page calls a character that leaves no ink."""
    return NAMES.get(character) or f"U+{ord(character):04X}"


def _start(source: str, target: str) -> int:
    """Where to start so that the first difference is on the page; 0 unless a value is long."""
    if max(len(source), len(target)) <= LONGEST:
        return 0
    first = _first_difference(source, target)
    return 0 if first < LONGEST - BEFORE else first - BEFORE


def _first_difference(source: str, target: str) -> int:
    """Where two texts part; long stretches that are equal cost next to nothing."""
    at = 0
    while at < len(source) and source[at : at + _STRETCH] == target[at : at + _STRETCH]:
        at += _STRETCH
    pairs = zip(source[at : at + _STRETCH], target[at : at + _STRETCH], strict=False)
    shorter = min(len(source), len(target))
    return next((at + place for place, (one, other) in enumerate(pairs) if one != other), shorter)

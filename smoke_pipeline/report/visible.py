"""What cannot be seen is named: control characters, odd spaces, marks that turn the direction of writing."""

import unicodedata
from collections.abc import Iterator

UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})
"""Unicode categories whose characters leave no ink, or harm a terminal."""


def is_unseen(character: str) -> bool:
    """Whether a reader could not tell this character from another or from nothing; a plain space is seen."""
    return character != " " and unicodedata.category(character) in UNSEEN


def on_one_line(text: str) -> str:
    """The text on one line, without anything that could steer a terminal."""
    return "".join(name_of(one) if is_unseen(one) else one for one in text)


def name_of(character: str) -> str:
    """How an unseen character is written."""
    return f"<U+{ord(character):04X}>"


def runs(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces: runs of what is seen, and one by one what is not."""
    start = 0
    for position, character in enumerate(text):
        if is_unseen(character):
            if start < position:
                yield text[start:position], False
            yield character, True
            start = position + 1
    if start < len(text):
        yield text[start:], False

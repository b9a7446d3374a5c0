"""Counts as words have them."""


def counted(count: int, one: str, many: str | None = None) -> str:
    """The count with its noun: `1 row`, `2,500 rows`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def are(count: int) -> str:
    """The verb that goes with the count."""
    return "is" if count == 1 else "are"


def them(count: int) -> str:
    """The pronoun that goes with the count."""
    return "it" if count == 1 else "them"


def they(count: int) -> str:
    """The pronoun that does something."""
    return "it" if count == 1 else "they"


def listed(words: list[str], most: int = 5) -> str:
    """Words in a row: `a, b and c`, with how many more there are."""
    if len(words) > most:
        return f"{', '.join(words[:most])} and {len(words) - most:,} more"
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""

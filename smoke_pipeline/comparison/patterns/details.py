"""What a mismatched cell may share with the others of its pattern: a factor, an offset, a word, a format.

A detail is a short text, so that it can be counted: for

- `scaled` the power of ten that makes of the source the target: `2`, `-3`;
- `shifted` the seconds from source to target: `7200`, `-86400`;
- `rounded` the side with fewer digits after the point, and how many: `target 2`;
- `truncated` the shorter side, and its characters: `source 10`;
- `null_word` the text that stands against NULL, and for `null_empty` too unless it is the empty one;
- `date_format` the formats in which the two sides may be written, and what else it takes to read them alike:
  `iso>%d/%m/%Y`, `zone iso>iso`, `trim %d/%m/%Y>iso|%m/%d/%Y>iso`.
"""

from collections.abc import Callable

from smoke_pipeline.comparison.patterns.one_pair import ISO, numbers_of, readings
from smoke_pipeline.comparison.values import moments

ZONE, TRIM = "zone ", "trim "
"""Stand before the formats where a zone must be assumed, or white space taken away."""
BETWEEN_SIDES, BETWEEN_WAYS = ">", "|"
ISO_TO_ISO = f"{ISO}{BETWEEN_SIDES}{ISO}"
ISO_IN_A_ZONE = ZONE + ISO_TO_ISO


def detail_of(pattern: str | None, source: str | None, target: str | None) -> str | None:
    """The detail of a pair of which the pattern is known, or None where the pattern has none."""
    if pattern in ("null_word", "null_empty"):
        return source or target or None
    if pattern not in _DETAILS or source is None or target is None:
        return None
    return _DETAILS[pattern](source, target)


def _scaled(source: str, target: str) -> str | None:
    pair = numbers_of(source, target)
    return str(pair[1].adjusted() - pair[0].adjusted()) if pair else None


def _rounded(source: str, target: str) -> str | None:
    pair = numbers_of(source, target)
    if pair is None:
        return None
    ours, theirs = (max(0, -int(number.as_tuple().exponent)) for number in pair)
    return f"target {theirs}" if theirs < ours else f"source {ours}"


def _shifted(source: str, target: str) -> str | None:
    ours, theirs = moments.read_moment(source), moments.read_moment(target)
    return f"{(theirs.clock - ours.clock).total_seconds():.0f}" if ours and theirs else None


def _truncated(source: str, target: str) -> str:
    if len(target.rstrip()) < len(source.rstrip()):
        return f"target {len(target)}"
    return f"source {len(source)}"


def _date_format(source: str, target: str) -> str:
    ways, zones = [], set()
    for one, ours in readings(source).items():
        for other, theirs in readings(target).items():
            if ours.spelling == theirs.spelling:
                ways.append(f"{one}{BETWEEN_SIDES}{other}")
                zones.add(ours.is_instant != theirs.is_instant)
    is_padded = source.strip() != source or target.strip() != target
    return f"{ZONE if True in zones else ''}{TRIM if is_padded else ''}{BETWEEN_WAYS.join(sorted(ways))}"


_DETAILS: dict[str, Callable[[str, str], str | None]] = {
    "scaled": _scaled,
    "rounded": _rounded,
    "shifted": _shifted,
    "truncated": _truncated,
    "date_format": _date_format,
}

"""Secrets and values of data, taken out of what is about to be published."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from smoke_pipeline.history.access.secrets import without_secrets

GONE = "[redacted]"

_WORD = r"[A-Za-z0-9+/_=.~-]"
_PATTERNS: Sequence[re.Pattern[str]] = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(r"(?<=://)[^\s/@]*:[^\s/]*(?=@)"),  # the user and the password of an address
    re.compile(r"\b(?:gh[oprsu]_|github_pat_|glpat-|xox[abprs]-|sk-)[A-Za-z0-9_-]{10,}"),
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"),  # a token that carries its claims
    re.compile(r"(?i)(?<=\bbearer )\s*\S+"),
    re.compile(r"(?i)(?<=[?&])(?:sig|signature|token|key|x-amz-[\w-]+)=[^\s&]+"),
    re.compile(
        r"(?ix)\b[\w.-]*(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key(?:[_-]?id)?|credential)"
        r"[\w-]*[\"']?\s*(?:[:=]|\bis\b)\s*(?:\"[^\"]*\"|'[^']*'|[^\s,;}]+)"
    ),
    re.compile(rf"(?<!{_WORD})(?=[^\s]*[0-9])(?=[^\s]*[A-Z])(?=[^\s]*[a-z])[A-Za-z0-9+/_=-]{{32,}}"),
    re.compile(r"\b[0-9a-fA-F]{32,}\b"),
    re.compile(r'(?<="(?:source|target)":)\s*(?:"(?:[^"\\]|\\.)*"|[^\s,}]+)'),
    re.compile(r'"(?:key|row|differs)":\s*(?:\[[^\]]*\]|\{(?:[^{}]|\{[^{}]*\})*\})'),
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"),  # a bank account
    re.compile(r"(?<![\w.])(?!\d{4}-\d\d-\d\d\b)\d(?:[ -]?\d){7,}(?![\w.])"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """A text as it may be published."""

    text: str
    places: int
    """How often something was taken out."""


def redacted(text: str) -> Redacted:
    """The text without what looks like a secret or a value of somebody's data."""
    found, places = without_secrets(text), 0
    places += found != text
    for pattern in _PATTERNS:
        found, count = pattern.subn(GONE, found)
        places += count
    return Redacted(text=found, places=places)

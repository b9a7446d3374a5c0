"""A proposed option as lines of YAML that can be put into an options file."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_PLAIN = re.compile(r"[a-z][a-z_]{2,40}")
_WORDS = frozenset({"true", "false", "null", "yes", "off"})
_UNPRINTABLE = re.compile("[^\x20-\x7e\u00a1-\u0377\u0390-\u03ff\u0400-\u052f\u4e00-\u9fff]")
"""Whatever is not surely printable in YAML; it can always be written as an escape."""


def as_yaml(options: Mapping[str, Any]) -> str:
    """The options in block style; a text is always quoted, so that none of them means anything else."""
    return "\n".join(_lines(options, "")) + "\n"


def _lines(options: Mapping[str, Any], indent: str) -> Iterator[str]:
    for name, value in options.items():
        if isinstance(value, Mapping) and value:
            yield f"{indent}{_name(name)}:"
            yield from _lines(value, f"{indent}  ")
        else:
            yield f"{indent}{_name(name)}: {_flow(value)}"


def _name(name: str) -> str:
    return name if _PLAIN.fullmatch(name) and name not in _WORDS else _quoted(name)


def _flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_name(name)}: {_flow(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_UNPRINTABLE.sub(_escape, escaped)}"'


def _escape(found: re.Match[str]) -> str:
    return f"\\U{ord(found[0]):08X}"

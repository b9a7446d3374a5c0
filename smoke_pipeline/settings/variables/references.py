"""`${VAR}` in the text of a setting, replaced after the file was parsed: no value becomes structure."""

import re
from collections.abc import Callable, Mapping

from smoke_pipeline.errors import SettingsError, VariableNotSetError

Path = tuple[str, ...]
"""Where a setting stands: the keys that lead to it, or the index in a list."""

_REFERENCE = re.compile(r"\$\$|\$\{(?P<body>[^}]*)(?P<end>\}?)")
_BODY = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?:(?P<how>:-|:\?)(?P<rest>.*))?", re.DOTALL)


def substitute(
    node: object, environ: Mapping[str, str], place: Callable[[Path], str], at: Path = ()
) -> object:
    """A copy of `node` with `${VAR}`, `${VAR:-default}`, `${VAR:?message}` and `$$` replaced in every text.

    A value that is one reference and comes out empty is null, as if the setting had not been written.

    Args:
        node: What the YAML parser returned.
        environ: The variables.
        place: Says where a setting stands, for an error.
        at: The keys that lead to `node`.

    Raises:
        VariableNotSetError: A variable without a default is not set.
        SettingsError: A reference is malformed.
    """
    if isinstance(node, dict):
        return {key: substitute(value, environ, place, (*at, str(key))) for key, value in node.items()}
    if isinstance(node, list):
        return [substitute(value, environ, place, (*at, str(i))) for i, value in enumerate(node)]
    if not isinstance(node, str):
        return node
    text = _REFERENCE.sub(lambda found: _value(found, environ, lambda: place(at)), node)
    return None if text == "" and _REFERENCE.fullmatch(node) else text


def names_in(node: object) -> set[str]:
    """The variables that the texts below `node` refer to."""
    if isinstance(node, dict):
        return set().union(*(names_in(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(names_in(value) for value in node))
    if not isinstance(node, str):
        return set()
    bodies = (_BODY.fullmatch(found["body"]) for found in _REFERENCE.finditer(node) if found["end"])
    return {body["name"] for body in bodies if body}


def _value(found: re.Match[str], environ: Mapping[str, str], place: Callable[[], str]) -> str:
    if found[0] == "$$":
        return "$"
    body = _BODY.fullmatch(found["body"]) if found["end"] else None
    if body is None:
        raise SettingsError(
            f"{place()} holds a '${{' that begins no reference such as ${{NAME}} or ${{NAME:-default}}.",
            ("Write $$ for a dollar sign that is meant as such.",),
        )
    value = environ.get(body["name"])
    if value or (value is not None and not body["how"]):
        return value
    if body["how"] == ":-":
        return str(body["rest"])
    raise VariableNotSetError(
        f"{place()} needs the environment variable {body['name']}, which is not set"
        + (f": {body['rest']}." if body["rest"] else "."),
        (f"Set {body['name']} in the environment or in a file .env in the working directory.",),
        {"variable": body["name"]},
    )

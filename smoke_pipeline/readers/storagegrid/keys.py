"""From what a person says of an object to its bucket and key."""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from smoke_pipeline.errors import InvalidOptionError, SettingsError
from smoke_pipeline.readers.storagegrid.request import ObjectRequest
from smoke_pipeline.settings.connections import Document, StorageGrid

_MOST_BYTES = 1024
"""Of an object key, as S3 has it."""


@dataclass(frozen=True, slots=True)
class Located:
    """Where an object lies."""

    bucket: str
    """The bucket's name in the store."""
    key: str

    @property
    def address(self) -> str:
        """The object as a person writes it."""
        return f"s3://{self.bucket}/{self.key}"


def locate(store: StorageGrid, request: ObjectRequest) -> Located:
    """The bucket and the key that a request means.

    Raises:
        InvalidOptionError: The store has no such kind of object, or a parameter is missing, unknown, or
            cannot be part of a key.
        SettingsError: A key is made in a way that cannot be followed.
    """
    if request.key is not None and request.bucket is not None:
        return Located(store.buckets.get(request.bucket, request.bucket), _whole(request.key))
    document = store.documents.get(request.document or "")
    if document is None:
        near = get_close_matches(request.document or "", store.documents, n=1)
        raise InvalidOptionError(
            f"The settings know no kind of object {request.document!r}.",
            suggestions=(
                *(f"Did you mean {one!r}?" for one in near),
                f"There are: {_listed(store.documents)}.",
            ),
        )
    bucket = request.bucket or document.bucket
    return Located(store.buckets.get(bucket, bucket), key_of(document, request.parameters))


def key_of(document: Document, parameters: Mapping[str, str]) -> str:
    """The key of one object.

    Raises:
        InvalidOptionError: A parameter is missing, unknown, or cannot be part of a key.
        SettingsError: The key is made in a way that cannot be followed.
    """
    wanted = parameters_of(document)
    if unknown := [name for name in parameters if name not in wanted]:
        raise InvalidOptionError(
            f"The key {document.key} has no parameter {unknown[0]!r}.",
            suggestions=(f"It is made of {_listed(wanted)}.",),
            context={"parameters": list(wanted)},
        )
    if missing := [name for name in wanted if not parameters.get(name)]:
        raise InvalidOptionError(
            f"The key {document.key} needs {_listed(missing)}.",
            suggestions=(f"Say it as well: {missing[0]}=…",),
            context={"missing": missing},
        )
    values = {name: _part(name, parameters[name]) for name in wanted}
    return _whole(document.key.format_map(values))


def parameters_of(document: Document) -> tuple[str, ...]:
    """What a key is made of, each once, in its order.

    Raises:
        SettingsError: The key is made in a way that cannot be followed.
    """
    try:
        parts = list(string.Formatter().parse(document.key))
    except ValueError as error:
        raise SettingsError(f"The object key {document.key!r} has an open brace.") from error
    names = [name for _, name, _, _ in parts if name is not None]
    is_plain = all(not form and not way for _, name, form, way in parts if name is not None)
    if not is_plain or not all(name.isidentifier() for name in names):
        raise SettingsError(
            f"The object key {document.key!r} may hold nothing in braces but names.",
            ("Write it like statement.{contract_number}.{payment_date}.CSV.",),
        )
    return tuple(dict.fromkeys(names))


def _part(name: str, value: str) -> str:
    """A parameter that can be part of a key and of nothing else."""
    if (
        not value.isprintable()
        or value != value.strip()
        or any(sign in value for sign in "/\\")
        or ".." in value
    ):
        raise InvalidOptionError(
            f"{name} is {value!r}, which cannot be part of an object key.",
            suggestions=("Write it without slashes, two dots in a row, and white space around it.",),
            context={"parameter": name},
        )
    if name.endswith("_date") and not _is_date(value):
        raise InvalidOptionError(
            f"{name} is {value!r}, which is no date.",
            suggestions=("Write it as 2026-01-31 or 20260131.",),
            context={"parameter": name},
        )
    return value


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return len(value) in {len("20260131"), len("2026-01-31")} and "W" not in value


def _whole(key: str) -> str:
    try:
        size_bytes = len(key.encode())
    except UnicodeEncodeError as error:
        raise InvalidOptionError(f"{key!r} is no text that an object key can be made of.") from error
    if not 1 <= size_bytes <= _MOST_BYTES:
        raise InvalidOptionError(
            f"An object key has 1 to {_MOST_BYTES} bytes, and this one has {size_bytes}."
        )
    return key


def _listed(names: Mapping[str, object] | tuple[str, ...] | list[str]) -> str:
    return ", ".join(names)

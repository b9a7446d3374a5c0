"""Which values are masked, and what stands in their place.

A masked value is `masked:` and twelve hexadecimal digits, made of the value by a keyed hash: equal values
stay equal, and without the key nobody can try out which value it may have been. NULL stays NULL.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from smoke_pipeline.settings.masking import Masked

PREFIX = "masked:"
_DIGEST_BYTES = 6


@dataclass(frozen=True)
class Masker:
    """Masks values under one key."""

    key: bytes
    columns: tuple[str, ...] = ()
    """Names, or patterns such as `card_*`."""
    patterns: tuple[str, ...] = ()
    """Regular expressions; a value in which one is found is masked, whatever its column."""

    def hides_column(self, column: str) -> bool:
        """Whether every value of the column is masked."""
        if column not in self._hidden:
            self._hidden[column] = any(column == one or fnmatchcase(column, one) for one in self.columns)
        return self._hidden[column]

    def hides(self, column: str, *values: str | None) -> bool:
        """Whether a cell is masked: values that stand against one another are masked together."""
        return self.hides_column(column) or any(self.finds(value) for value in values)

    def finds(self, text: str | None) -> bool:
        """Whether a pattern is found in the text."""
        return text is not None and any(one.search(text) for one in self._compiled)

    def token(self, value: str) -> str:
        """What stands in the place of a value."""
        digest = self._keyed.copy()
        digest.update(value.encode("utf-8", "surrogatepass"))
        return PREFIX + digest.hexdigest()

    def mask(self, column: str, value: str | None, *others: str | None) -> str | None:
        """The value as it is shown; `others` are values that stand against it in the same cell."""
        if value is None or not self.hides(column, value, *others):
            return value
        return self.token(value)

    def mask_key(self, names: Iterable[str], values: Iterable[str | None]) -> tuple[str | None, ...]:
        """The values of a key as they are shown; those of an empty tuple are of no column."""
        return tuple(self.mask(name, value) for name, value in zip(names, values, strict=True))

    def mask_row(self, values: Mapping[str, str | None]) -> dict[str, str | None]:
        """A whole row as it is shown."""
        return {name: self.mask(name, value) for name, value in values.items()}

    def mask_json_row(self, text: str | None) -> str | None:
        """A whole row, written as a JSON object."""
        if text is None:
            return None
        return json.dumps(self.mask_row(json.loads(text)), ensure_ascii=False, separators=(",", ":"))

    @cached_property
    def _compiled(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(one) for one in self.patterns)

    @cached_property
    def _keyed(self) -> "hashlib.blake2b":
        key = hashlib.blake2b(self.key, person=b"smoke masking").digest()
        return hashlib.blake2b(key=key, digest_size=_DIGEST_BYTES)

    @cached_property
    def _hidden(self) -> dict[str, bool]:
        """Columns that were asked about."""
        return {}


def what_is_masked(*parts: Masked) -> Masked:
    """All of it together."""
    return Masked(
        columns=tuple(dict.fromkeys(name for part in parts for name in part.columns)),
        patterns=tuple(dict.fromkeys(one for part in parts for one in part.patterns)),
    )

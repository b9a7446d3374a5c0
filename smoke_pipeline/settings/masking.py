"""Which values nobody gets to see, whatever they are shown in."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, SecretStr


def as_list(value: object) -> object:
    """What a variable writes with commas between, as the list that a file writes."""
    return [one.strip() for one in value.split(",") if one.strip()] if isinstance(value, str) else value


def _as_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"it is no regular expression: {error}") from error
    return text


Listed = BeforeValidator(as_list)
Pattern = Annotated[str, AfterValidator(_as_pattern)]
"""A regular expression, as Python writes it."""
Alone = BeforeValidator(lambda value: [value] if isinstance(value, str) else value)
"""One text in place of a list of it; a pattern may hold commas."""


class Masked(BaseModel):
    """What is masked."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    columns: Annotated[tuple[str, ...], Listed] = ()
    """Columns whose values are masked: names, or patterns such as `card_*`."""
    patterns: Annotated[tuple[Pattern, ...], Alone] = ()
    """Regular expressions; a value of any column in which one is found is masked."""


class MaskingSettings(Masked):
    """What is masked, and the key that makes it so."""

    key: SecretStr | None = None
    """Under one key equal values are masked alike; default: a random one in the data folder."""

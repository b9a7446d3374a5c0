"""What a format of the report is."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, Protocol, TextIO

from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.settings.model import ReportSettings


class Write(Protocol):
    """Writes a result in one form; the same result gives the same bytes."""

    def __call__(self, result: ComparisonResult, file: IO[bytes], settings: ReportSettings) -> object:
        """Write all of it; the file stays open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One form in which a result is told."""

    name: str
    """What the settings call it."""
    member: str
    """What the file in the bundle is called."""
    write: Write


def text_format(
    name: str, member: str, write: Callable[[ComparisonResult, TextIO, ReportSettings], object]
) -> Format:
    """A format that is text: UTF-8, with the line ends that it writes itself."""

    def write_bytes(result: ComparisonResult, file: IO[bytes], settings: ReportSettings) -> None:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        try:
            write(result, text, settings)
        finally:
            text.flush()
            text.detach()  # the file is the caller's to close

    return Format(name=name, member=member, write=write_bytes)


def as_json(value: dict[str, Any]) -> str:
    """A JSON object as the members of a bundle hold it."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"

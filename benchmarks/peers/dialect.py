"""The delimiter of a file that `benchmarks.data` wrote, for programs that must be told."""

from pathlib import Path


def delimiter_of(path: Path) -> str:
    """A semicolon where the header holds one."""
    with path.open(encoding="utf-8") as file:
        return ";" if ";" in next(file) else ","

"""`smoke compare` as a user runs it, inside the process of the test."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from smoke_pipeline.cli.main import main


def compare(*arguments: object, env: dict[str, str] | None = None) -> Result:
    """Run the command."""
    return CliRunner(env=env).invoke(main, ["compare", *map(str, arguments)])


def answer(*arguments: object) -> dict[str, Any]:
    """What the command prints as JSON."""
    result = compare(*arguments, "--format", "json")
    assert result.exit_code in (0, 1), result.output
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def fall(found: dict[str, Any]) -> tuple[int, int, int, int]:
    """Matched, mismatched, source-only, target-only."""
    return found["matched"], found["mismatched"], found["source_only"], found["target_only"]


def refusal(*arguments: object, env: dict[str, str] | None = None) -> list[str]:
    """The lines of the error; nothing else was said, and nothing was answered."""
    result = compare(*arguments, env=env)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    lines = result.stderr.splitlines()
    assert lines[0].startswith("Error: "), result.stderr
    assert lines[0].endswith(")") or lines[0].endswith("."), lines[0]
    assert all(line.startswith("  - ") for line in lines[1:]), result.stderr
    return lines


def files(
    folder: Path, *texts: str | bytes, names: Sequence[str] = ("source.csv", "target.csv")
) -> list[Path]:
    """Files with these contents; by default the two sides."""
    paths = [folder / name for name in names[: len(texts)]]
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    return paths

"""What an installation of the product brings along: the packages that it needs, and those that they need."""

import re
import tomllib
from collections.abc import Sequence
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = "smoke-pipeline"


def normal(name: str) -> str:
    """The name of a package as indexes write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def shipped() -> Sequence[Distribution]:
    """The installed packages that the product needs, by name, without itself and what only tests need."""
    found: dict[str, Distribution] = {}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    waiting = [_asked(Requirement(text)) for text in project["dependencies"]]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        found[normal(name)] = package = distribution(name)
        for text in package.requires or ():
            needed = Requirement(text)
            if _is_needed(needed, extras):
                waiting.append(_asked(needed))
    return [found[name] for name in sorted(found)]


def _asked(needed: Requirement) -> tuple[str, frozenset[str]]:
    return normal(needed.name), frozenset(needed.extras)


def _is_needed(needed: Requirement, extras: frozenset[str]) -> bool:
    if needed.marker is None:
        return True
    return any(needed.marker.evaluate({"extra": extra}) for extra in (extras or {""}))

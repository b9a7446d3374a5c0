"""What an installation of the product brings along: the packages that it needs, and those that they need."""

import re
from collections.abc import Sequence
from importlib.metadata import Distribution, distribution

from packaging.requirements import Requirement

PRODUCT = "smoke-pipeline"


def normal(name: str) -> str:
    """The name of a package as indexes write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def shipped() -> Sequence[Distribution]:
    """The installed packages that the product needs, by name, without itself and what only tests need."""
    found: dict[str, Distribution] = {}
    waiting: list[tuple[str, frozenset[str]]] = [(PRODUCT, frozenset())]
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
                waiting.append((normal(needed.name), frozenset(needed.extras)))
    del found[PRODUCT]
    return [found[name] for name in sorted(found)]


def _is_needed(needed: Requirement, extras: frozenset[str]) -> bool:
    if needed.marker is None:
        return True
    return any(needed.marker.evaluate({"extra": extra}) for extra in (extras or {""}))

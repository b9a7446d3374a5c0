"""What the assets are handed: a way to open the settings, the folders and the history."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smoke_pipeline.smoke_test.surroundings import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeResource:
    """Opens what the steps of a session work with; every step opens and closes its own."""

    opened: "Callable[[], AbstractContextManager[Surroundings]]"


def _opened() -> "AbstractContextManager[Surroundings]":
    from smoke_pipeline.smoke_test.surroundings import open_surroundings

    return open_surroundings()


def real_resources() -> Mapping[str, object]:
    """The resources of a deployment, as the settings and the environment describe it."""
    return {"smoke": SmokeResource(opened=_opened)}

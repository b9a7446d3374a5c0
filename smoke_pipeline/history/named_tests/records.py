"""The rows of `test_definitions` and `baselines` as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

EVERYBODY = ""
"""Whose sessions a baseline holds for, where it holds for everybody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionRecord:
    """A row of `test_definitions`."""

    name: str
    definition: Mapping[str, Any]
    """The definition as a file holds it."""
    owner: str
    """The client whose it is."""
    version: int
    """Counts the changes; who changes it names the version that was read."""
    updated_at: datetime
    updated_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRecord:
    """A row of `baselines`."""

    baseline_id: int = 0
    test_name: str
    session_id: str
    """The session whose differences were accepted; it may be gone by now."""
    result_id: int
    accepted_by: str
    accepted_at: datetime
    reason: str
    rows: int
    """Differences that were accepted, each as often as it was there."""
    active: bool = True
    holds_for: str = EVERYBODY
    """The client whose sessions it holds for."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """How was compared; it holds for comparisons of the same options alone."""

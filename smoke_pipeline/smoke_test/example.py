"""The example that is shipped: two editions of a public table, as the order of a session."""

from collections.abc import Mapping
from typing import Any

from smoke_pipeline.settings.paths import project_file

BEFORE = "examples/ourairports/airport-frequencies.2025-06-06.csv"
AFTER = "examples/ourairports/airport-frequencies.2026-08-21.csv"


def example_order() -> Mapping[str, Any]:
    """An order that passes: the tables differ, and the threshold is met all the same.

    Raises:
        SettingsError: The installation is incomplete.
    """
    return {
        "test_name": "airport-frequencies",
        "source": {"path": str(project_file(BEFORE))},
        "target": {"path": str(project_file(AFTER))},
        "comparison": {"key": ["id"], "threshold": 95},
    }

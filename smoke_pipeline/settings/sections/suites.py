"""Where suites of tests are described, and how much of one is done at once."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class SuiteSettings(BaseModel):
    """Suites."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    dir: Path | None = None
    """Folder of the suites, a YAML file each; default: the shipped `config/suites`."""
    parallel: int = Field(2, ge=1, le=100)
    """Sessions of one suite that Dagster works on at once, unless the suite says it."""
    most_tests: int = Field(1000, ge=1)
    """Tests of one suite; more are refused before the first is begun."""

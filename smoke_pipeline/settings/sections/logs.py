"""What the processes say of themselves on stderr."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Level(StrEnum):
    """From which importance on something is said."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LoggingSettings(BaseModel):
    """Logs of the commands, the launcher, the report server and the steps; Dagster's own are not meant."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    format: Literal["text", "json"] = "text"
    """A line of words, or a JSON object a line."""
    level: Level = Level.WARNING
    """From which importance on something is said."""

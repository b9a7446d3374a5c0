"""What one session is asked to do, as a person or a program hands it in."""

from typing import Annotated, Literal

from pydantic import Field

from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.settings.model import Model

SessionType = Literal["statement", "invoice", "gl", "database_table", "upload"]


class PathSide(Model):
    """A file where it lies: CSV, gzip, Parquet, or a ZIP with one CSV."""

    kind: Literal["path"] = "path"
    path: str
    """Path of the file on the machine that runs the step."""


class UploadSide(Model):
    """A file a person handed in, which lies in the upload folder."""

    kind: Literal["upload"] = "upload"
    path: str
    """Path below the upload folder."""


SideSpec = Annotated[PathSide | UploadSide, Field(discriminator="kind")]


class SessionSpec(Model):
    """The whole order of a session."""

    test_type: SessionType = "upload"
    test_name: str = ""
    """Sessions of one name are one test over time; default: the source's file name."""
    preset: str | None = None
    """Default: the settings' `default_preset`."""
    source: SideSpec
    target: SideSpec | None = None
    """Default: the same place as the source, looked at again after the ETL."""
    comparison: ComparisonSpec = ComparisonSpec(key="auto")
    allow_unchanged: bool = False
    """Accept a target of the same place whose bytes did not change since the source was taken."""

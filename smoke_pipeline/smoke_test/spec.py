"""What one session is asked to do: plain values from a person or a program in, a checked value out."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from smoke_pipeline.comparison.options import parse_spec
from smoke_pipeline.comparison.spec import ComparisonSpec
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.readers.storagegrid.request import ObjectRequest
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline.settings.masking import Listed
from smoke_pipeline.settings.model import Model
from smoke_pipeline.smoke_test.orders.etl import EtlSpec, ManualEtl

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


class ObjectSide(ObjectRequest):
    """An object of the preset's StorageGrid."""

    kind: Literal["object"] = "object"


class TableSide(TableRequest):
    """A table of one of the preset's databases."""

    kind: Literal["table"] = "table"


SideSpec = Annotated[PathSide | UploadSide | ObjectSide | TableSide, Field(discriminator="kind")]


class SessionSpec(Model):
    """The whole order of a session."""

    test_type: SessionType = "upload"
    test_name: str = ""
    """Sessions of one name are one test over time; default: the source's file name."""
    preset: str | None = None
    """Default: the settings' `default_preset`."""
    source: SideSpec | None = None
    """None until somebody says where the data before lies; an order of one piece names it."""
    target: SideSpec | None = None
    """Default: the same place as the source, looked at again after the ETL."""
    comparison: ComparisonSpec = ComparisonSpec(key="auto")
    allow_unchanged: bool = False
    """Accept a target of the same place whose bytes did not change since the source was taken."""
    commit: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")] | None = None
    """The commit whose status on GitHub tells the verdict."""
    etl: EtlSpec = ManualEtl()
    """What tells that the ETL has run; default: a person says it."""
    formats: Annotated[tuple[str, ...], Listed] | None = None
    """What the report holds, by the names of the formats; default: `report.formats` of the settings."""
    parameters: dict[str, str] = {}
    """What the places of a named test were filled with."""
    baseline: Literal["use", "ignore"] = "use"
    """`ignore` holds the result to the threshold alone, whatever was accepted for the test."""


def read_side(values: Mapping[str, Any]) -> SideSpec:
    """One side, as a command line or a program wrote it.

    Raises:
        InvalidOptionError: A value is missing, unknown, malformed or out of range.
    """
    try:
        return TypeAdapter[SideSpec](SideSpec).validate_python({"kind": "path", **values})
    except ValidationError as error:
        raise _refused("side", error) from None


def read_order(values: Mapping[str, Any]) -> SessionSpec:
    """The order that a launchpad, a file or a command line wrote.

    Raises:
        InvalidOptionError: A value is missing, unknown, malformed or out of range.
        UnknownRuleError: A rule does not exist.
    """
    given = dict(values)
    for side in ("source", "target"):
        if isinstance(given.get(side), Mapping):
            given[side] = {"kind": "path", **given[side]}
    if isinstance(given.get("etl"), str):
        given["etl"] = {"kind": given["etl"]}
    if isinstance(given.get("comparison"), Mapping):
        given["comparison"] = parse_spec(given["comparison"])
    given.setdefault("source", {})
    try:
        return SessionSpec.model_validate(given)
    except ValidationError as error:
        raise _refused("session's order", error) from None


def _refused(what: str, error: ValidationError) -> InvalidOptionError:
    found = error.errors(include_url=False)
    wrong = (f"{_where(one['loc'])}: {one['msg']}" for one in found)
    return InvalidOptionError(
        f"The {what} cannot be used: {'; '.join(wrong)}.",
        suggestions=("Compare it with the fields of `start_session` on Dagster's launchpad.",),
        context={"fields": [_where(one["loc"]) for one in found]},
    )


def _where(location: tuple[int | str, ...]) -> str:
    """The field as a person writes it, such as `comparison.threshold`."""
    return ".".join(str(part) for part in location) or "order"

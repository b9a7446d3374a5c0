"""What tells that the ETL of a session has run."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from smoke_pipeline.readers.storagegrid.request import ObjectRequest
from smoke_pipeline.settings.model import Model


class Mark(Model):
    """What a place held when it was looked at; another value later is the event."""

    place: str
    """Which place."""
    value: str | None = None
    """Its version, never a clock of ours; None where nothing was there."""


class ManualEtl(Model):
    """A person says it: `smoke continue`, or Dagster's page."""

    kind: Literal["manual"] = "manual"


class WebhookEtl(Model):
    """The ETL says it: `POST /signals/etl-completed` of the report server."""

    kind: Literal["webhook"] = "webhook"


class ObjectEtl(Model):
    """An object was written anew."""

    kind: Literal["object"] = "object"
    bucket: str | None = None
    """As a side names it; without bucket, key and document the target's own object is watched."""
    key: Annotated[str, Field(min_length=1)] | None = None
    document: str | None = None
    parameters: dict[str, str] = {}
    since: Mark | None = None
    """Filled in when the source is taken."""

    @model_validator(mode="after")
    def _names_one_object(self) -> Self:
        if self.key or self.document or self.bucket or self.parameters:
            self.request()
        return self

    def request(self) -> ObjectRequest | None:
        """The object that is named; None for the target's own."""
        if self.key is None and self.document is None and self.bucket is None:
            return None
        return ObjectRequest(
            bucket=self.bucket, key=self.key, document=self.document, parameters=self.parameters
        )


class WatermarkEtl(Model):
    """The one row of a query is another one, such as that of `SELECT max(loaded_at) FROM loads`."""

    kind: Literal["watermark"] = "watermark"
    database: Annotated[str, Field(pattern=r"^(mysql|postgres|oracle)\.[^\s.]+$")]
    """A database of the preset, such as `mysql.warehouse`."""
    query: Annotated[str, Field(min_length=1)]
    """One SELECT that gives one row."""
    since: Mark | None = None
    """Filled in when the source is taken."""


class MarkerEtl(Model):
    """A file was written, or written anew."""

    kind: Literal["marker"] = "marker"
    path: Annotated[str, Field(min_length=1)]
    """A file of the machine on which Dagster's daemon runs."""
    since: Mark | None = None
    """Filled in when the source is taken."""


class JobEtl(Model):
    """A job of Dagster succeeded, in any code location, that began after the source was taken."""

    kind: Literal["job"] = "job"
    job: Annotated[str, Field(min_length=1)]
    """Its name."""
    location: str | None = None
    """Its code location; default: any."""


EtlSpec = Annotated[
    ManualEtl | WebhookEtl | ObjectEtl | WatermarkEtl | MarkerEtl | JobEtl, Field(discriminator="kind")
]
WatchedEtl = ObjectEtl | WatermarkEtl | MarkerEtl
"""What has to be looked at; the others tell by themselves."""

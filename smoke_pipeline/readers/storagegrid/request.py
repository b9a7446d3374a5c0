"""Which object is meant."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from smoke_pipeline.settings.model import Model


class ObjectRequest(Model):
    """One object: by its key, or by what the key of its kind is made of."""

    bucket: str | None = None
    """What the bucket is called in the settings; default: that of the document."""
    key: Annotated[str, Field(min_length=1)] | None = None
    """The object key as it is."""
    document: str | None = None
    """The kind of object, such as `statement`; its key is made of the parameters."""
    parameters: Mapping[str, str] = {}
    """What the key is made of."""

    @model_validator(mode="after")
    def _names_one_object(self) -> Self:
        if (self.key is None) == (self.document is None):
            raise ValueError("name either the key or the document")
        if self.key is not None and self.bucket is None:
            raise ValueError("a key needs its bucket")
        if self.key is not None and self.parameters:
            raise ValueError("parameters belong to a document, not to a key")
        return self

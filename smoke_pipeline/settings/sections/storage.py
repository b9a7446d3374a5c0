"""Where the snapshots of sessions are kept."""

from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from smoke_pipeline.settings.connections import ObjectStore

Address = Annotated[
    str, Field(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9][A-Za-z0-9._=+@-]*){0,20}/?$")
]


class SnapshotStore(ObjectStore):
    """The object store of the snapshots."""

    told_as: ClassVar[str] = "`storage.store`"


class StorageSettings(BaseModel):
    """Where snapshots are kept: in the folder of their session, unless a bucket is named."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    snapshots: Address | None = None
    """`s3://BUCKET/PREFIX`: where snapshots are kept; default: in the folder of their session."""
    preset: str | None = None
    """The preset whose `storagegrid` leads to the bucket; default: `storage.store` does."""
    store: SnapshotStore = SnapshotStore()
    """How the store of the bucket is reached, where no preset says it."""

    @model_validator(mode="after")
    def _has_one_store(self) -> Self:
        if self.preset is not None and "store" in self.model_fields_set:
            raise ValueError("name either a preset or a store, not both")
        return self

"""How it is heard that an ETL has run."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class SignalSettings(BaseModel):
    """The signals that go on with a session by themselves."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    webhook_key: SecretStr | None = Field(None, min_length=16)
    """Signs what is posted to `/signals/etl-completed`; without it nothing is taken there."""
    webhook_skew_s: int = Field(300, ge=1, le=3600)
    """How far the clock of who signs may be from ours."""
    look_every_s: int = Field(15, ge=1)
    """How often objects, watermarks and marker files are looked at."""
    most_looks: int = Field(100, ge=1)
    """Sessions that are looked at in one turn; the others have theirs next."""

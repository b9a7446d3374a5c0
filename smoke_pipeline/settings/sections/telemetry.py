"""Where traces are sent."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

Address = Annotated[str, Field(pattern=r"^https?://[^\s?#@]+$")]


class TelemetrySettings(BaseModel):
    """Traces of OpenTelemetry; none are made without an address."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    otlp_endpoint: Address | None = None
    """A receiver of OTLP over HTTP, such as `http://collector:4318`; traces go to `/v1/traces` below it."""
    otlp_headers: SecretStr | None = None
    """What is sent with them, as `name=value,name=value`; it is a secret as a whole."""
    service_name: str = Field("smoke-pipeline", min_length=1)
    """What the traces say they come from."""
    timeout_s: float = Field(2, gt=0, le=60)
    """How long the receiver may take, and how long a process that ends waits for it."""

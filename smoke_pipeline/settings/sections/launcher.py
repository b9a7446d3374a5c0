"""Where the tools for language models are served, to whom, and how much they say at once."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ByteSize, ConfigDict, Field, SecretStr

from smoke_pipeline.settings.masking import Listed

Folders = BeforeValidator(lambda value: value.split(os.pathsep) if isinstance(value, str) else value)
"""A list that a variable writes like `PATH`."""
Address = Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")]


class LauncherSettings(BaseModel):
    """The launcher: a server of the Model Context Protocol."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    with_up: bool = True
    """Whether `smoke up` serves it, too."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(8200, ge=1, le=65535)
    """Port to listen on."""
    url: Address | None = None
    """Address under which clients reach it, such as that of a proxy; default: host and port."""
    allowed_hosts: Annotated[tuple[str, ...], Listed] = ()
    """Further names, with or without a port, under which it may be asked."""
    allowed_origins: Annotated[tuple[str, ...], Listed] = ()
    """Addresses of web pages that may ask it, such as `https://tools.example.com`; default: its own alone."""
    require_key: bool | None = None
    """Whether HTTP asks for an API key; default: unless only this machine reaches it and nobody has a key."""
    sse: bool = False
    """Whether clients of the older transport are served at `/sse`, too."""
    read_only: bool = False
    """Whether only tools that change nothing are offered."""
    toolsets: Annotated[tuple[str, ...], Listed, Field(min_length=1)] = ("smoke",)
    """The sets of tools that are offered."""
    max_rows: int = Field(100, ge=1, le=1000)
    """Rows in one answer, at most."""
    max_chars: int = Field(20_000, ge=500)
    """Characters of rows in one answer, at most; one row is always shown."""
    max_body: ByteSize = Field(ByteSize(4 * 1024**2), validate_default=True)
    """Largest request; files are handed in otherwise."""
    failures_per_minute: int = Field(20, ge=1)
    """Keys that were refused after which an address has to wait for a minute."""
    roots: Annotated[tuple[Path, ...], Folders] = ()
    """Folders whose files a client may name as a side; default: none."""
    upload_link_minutes: int = Field(15, ge=1)
    """How long a link to hand in a file can be begun with."""
    report_link_minutes: int = Field(60, ge=1)
    """How long a link to a report opens it without a key."""
    signing_key: SecretStr | None = None
    """Signs the links; default: a random key in the data folder."""
    dagster_url: Address | None = None
    """Dagster's page, as the launcher reaches it; default: `dagster.host` and `dagster.port`."""

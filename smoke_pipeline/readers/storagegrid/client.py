"""The client that speaks S3: the one place that makes it."""

import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from boto3.session import Session  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]

from smoke_pipeline.errors import SettingsError
from smoke_pipeline.settings.connections import ObjectStore

S3Client: TypeAlias = Any
"""As boto3 makes it, at run time."""


@contextmanager
def connected(store: ObjectStore) -> Iterator[S3Client]:
    """A client of the store; nothing is sent before it is asked for something.

    Raises:
        SettingsError: The settings of the store cannot be used.
    """
    _require_usable(store)
    logging.getLogger("botocore").setLevel(logging.INFO)  # at DEBUG it writes signed headers down
    try:
        client = _session(store).client(
            "s3",
            endpoint_url=store.endpoint_url,
            verify=str(store.ca_bundle) if store.ca_bundle else None,
            config=_config(store),
        )
    except (BotoCoreError, ValueError) as error:
        raise SettingsError(
            f"The settings of the store {store.endpoint_url or 'of Amazon'} cannot be used "
            f"({type(error).__name__}).",
            (f"Check `endpoint_url` and `region` of {store.told_as}.",),
        ) from error
    try:
        yield client
    finally:
        client.close()


def _session(store: ObjectStore) -> Session:
    key, secret = store.access_key_id, store.secret_access_key
    return Session(
        aws_access_key_id=key.get_secret_value() if key else None,
        aws_secret_access_key=secret.get_secret_value() if secret else None,
        region_name=store.region,
    )


def _config(store: ObjectStore) -> Config:
    return Config(
        connect_timeout=store.connect_timeout_s,
        read_timeout=store.read_timeout_s,
        max_pool_connections=store.streams + 1,
        tcp_keepalive=True,
        retries={"mode": "standard", "total_max_attempts": store.attempts},
        s3={"addressing_style": "path" if store.path_style else "virtual"},
        request_checksum_calculation="when_required",  # what stores other than Amazon's understand
        response_checksum_validation="when_required",
    )


def _require_usable(store: ObjectStore) -> None:
    if (store.access_key_id is None) != (store.secret_access_key is None):
        raise SettingsError(
            f"Of `access_key_id` and `secret_access_key`, {store.told_as} has one and needs both.",
            ("Set both, or none to use the credentials of this machine.",),
        )
    host = (store.endpoint_url or "").partition("//")[2].partition("/")[0]
    if "@" in host:
        raise SettingsError(
            f"The `endpoint_url` of {store.told_as} holds a user or a password.",
            ("Write them in `access_key_id` and `secret_access_key`.",),
        )
    if store.ca_bundle:
        _require_certificates(store.ca_bundle, store.told_as)


def _require_certificates(path: Path, told_as: str) -> None:
    try:
        path.read_bytes()
    except OSError as error:
        raise _unusable(path, told_as, error.strerror or "it cannot be read") from error
    try:
        ssl.create_default_context(cafile=path)
    except OSError as error:  # which ssl.SSLError is, too; a broken file may come as either
        raise _unusable(path, told_as, "it holds no certificates") from error


def _unusable(path: Path, told_as: str, why: str) -> SettingsError:
    return SettingsError(
        f"The `ca_bundle` {path} of {told_as} cannot be used: {why}.",
        ("Name a file with certificates in PEM.",),
    )

"""What botocore raises, told in our words: the one place that knows its errors.

Nothing of what the store or the library said is repeated but the short code of an error, for their texts may
hold an access key.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoAuthTokenError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    SSLError,
    SSOError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError  # type: ignore[import-untyped]

from smoke_pipeline.errors import (
    AccessDeniedError,
    InvalidOptionError,
    ObjectChangedError,
    ObjectNotFoundError,
    ReadError,
    SettingsError,
    SmokePipelineError,
    UnavailableError,
)
from smoke_pipeline.readers.storagegrid.keys import Located
from smoke_pipeline.settings.connections import ObjectStore

_NO_CREDENTIALS = (
    CredentialRetrievalError,
    NoAuthTokenError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
)
_NOT_THERE = frozenset({"NoSuchKey", "NoSuchVersion", "NotFound", "404"})
_CHANGED = frozenset({"PreconditionFailed", "InvalidRange", "412", "416"})
_BUSY = frozenset({"SlowDown", "RequestTimeout", "Throttling", "ThrottlingException", "429"})
_DENIED = {
    "InvalidAccessKeyId": "it does not know the access key",
    "SignatureDoesNotMatch": "the secret is not that of the access key",
    "ExpiredToken": "the credentials have expired",
    "InvalidToken": "the session token is not valid",
    "TokenRefreshRequired": "the credentials have expired",
    "RequestTimeTooSkewed": "the clock of this machine and its own differ too much",
    "InvalidObjectState": "the object lies in an archive and must be restored first",
}
"""Code of an error -> why access is denied."""


class Doing(StrEnum):
    """What is done with an object, and how errors say that it was not."""

    READ = "read"
    WRITE = "write"
    REMOVE = "remove"
    LIST = "list"

    @property
    def done(self) -> str:
        """The same, once it is done."""
        return {"read": "read", "write": "written", "remove": "removed", "list": "listed"}[self.value]


@contextmanager
def store_errors(store: ObjectStore, located: Located, doing: Doing = Doing.READ) -> Iterator[None]:
    """Tell what goes wrong with an object of a store, or with its bucket.

    Raises:
        ObjectNotFoundError: There is no such object, or no such bucket.
        AccessDeniedError: The store does not let us do so, or there are no credentials.
        UnavailableError: The store does not answer, or is too busy, however often it was asked.
        ObjectChangedError: The object is not the one that was asked for.
        SettingsError: The store's certificate cannot be trusted.
        InvalidOptionError: No bucket or key can be called so.
        ReadError: The store answers what no object store answers.
    """
    try:
        yield
    except ClientError as error:
        raise _refusal(error, store, located, doing) from error
    except ParamValidationError as error:
        raise InvalidOptionError(
            f"{located.address} cannot be the address of an object.",
            suggestions=("A bucket's name has 3 to 63 letters, digits, dots and hyphens.",),
            context=_context(located),
        ) from error
    except _NO_CREDENTIALS as error:
        raise AccessDeniedError(
            f"{name_of(store)} wants credentials, and there are none.",
            suggestions=(f"Set `access_key_id` and `secret_access_key` of {store.told_as}.",),
            context=_context(located),
        ) from error
    except SSLError as error:
        raise _untrusted(error, store) from error
    except ResponseParserError as error:
        raise no_store(store, located, doing) from error
    except BotoCoreError as error:
        raise unavailable(store, located, f"does not answer ({type(error).__name__})", doing) from error


def no_such_object(located: Located, suggestions: tuple[str, ...] = ()) -> ObjectNotFoundError:
    """There is no object of that key."""
    return ObjectNotFoundError(
        f"The bucket {located.bucket!r} holds no object {located.key!r}.",
        suggestions=suggestions or ("Check the key, and whether whatever writes the object has run.",),
        context=_context(located),
    )


def changed(located: Located, how: str) -> ObjectChangedError:
    """The object is not what it was when it was first asked for."""
    return ObjectChangedError(
        f"{located.address} {how} while it was read.",
        suggestions=("Wait until whoever writes the object is done, then try again.",),
        context=_context(located),
    )


def unavailable(
    store: ObjectStore, located: Located, how: str, doing: Doing = Doing.READ
) -> UnavailableError:
    """The store does not give or take the object now."""
    return UnavailableError(
        f"{name_of(store)} {how}; {located.address} was not {doing.done}.",
        suggestions=("Try again later.", f"Check `endpoint_url` of {store.told_as}."),
        context=_context(located),
    )


def no_store(store: ObjectStore, located: Located, doing: Doing = Doing.READ) -> ReadError:
    """What answers there is something else."""
    return ReadError(
        f"{name_of(store)} does not answer as an object store does; {located.address} was not {doing.done}.",
        suggestions=(f"Check `endpoint_url` of {store.told_as}.",),
        context=_context(located),
    )


def name_of(store: ObjectStore) -> str:
    """What a person calls the store."""
    return f"The store {store.endpoint_url}" if store.endpoint_url else "Amazon S3"


def _refusal(error: ClientError, store: ObjectStore, located: Located, doing: Doing) -> SmokePipelineError:
    code, status = code_of(error)
    if code == "NoSuchBucket":
        return ObjectNotFoundError(
            f"{name_of(store)} has no bucket {located.bucket!r}.",
            suggestions=(f"Check the bucket's name, and `buckets` of {store.told_as}.",),
            context=_context(located),
        )
    if code in _NOT_THERE:
        return no_such_object(located)
    if code in _CHANGED:
        return changed(located, "changed")
    if code in _BUSY or status >= 500:
        return unavailable(store, located, f"could not answer ({code})", doing)
    if code in _DENIED or status in {401, 403}:
        why = _DENIED.get(code, "it does not say more")
        return AccessDeniedError(
            f"{name_of(store)} does not let us {doing} {located.address}: {why} ({code}).",
            suggestions=(
                f"Check `access_key_id` and `secret_access_key`, and what that key may {doing}.",
                "Some stores say this of objects that are not there, to those who may not list the bucket.",
            ),
            context=_context(located),
        )
    return ReadError(
        f"{name_of(store)} does not let us {doing} {located.address} ({code}, HTTP status {status}).",
        suggestions=(f"Check `endpoint_url`, `region` and `path_style` of {store.told_as}.",),
        context=_context(located),
    )


def code_of(error: ClientError) -> tuple[str, int]:
    """The code that the store gave, and the HTTP status."""
    answer: dict[str, Any] = error.response
    code = str(answer.get("Error", {}).get("Code", "unknown"))
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return (code if code.isalnum() else "unknown"), int(status)


def _untrusted(error: SSLError, store: ObjectStore) -> SmokePipelineError:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return SettingsError(
            f"{name_of(store)} shows a certificate that cannot be trusted.",
            (f"Name the certificates of whoever signed it in `ca_bundle` of {store.told_as}.",),
        )
    return UnavailableError(
        f"{name_of(store)} does not speak TLS as this machine does.",
        suggestions=("Check whether the address begins with http:// or https://.",),
    )


def _context(located: Located) -> dict[str, str]:
    return {"bucket": located.bucket, "key": located.key}

"""Every way in which a store refuses, in one sentence each, and never with a secret in it."""

import logging
import socket
import traceback

import pytest
from pydantic import SecretStr

from smoke_pipeline.errors import (
    AccessDeniedError,
    InvalidOptionError,
    ObjectNotFoundError,
    ReadError,
    SettingsError,
    SmokePipelineError,
    UnavailableError,
)
from smoke_pipeline.readers.base import ReadOptions
from smoke_pipeline.readers.storagegrid.keys import Located
from smoke_pipeline.readers.storagegrid.reader import opened_object, require_object
from smoke_pipeline.settings.model import UploadSettings
from smoke_pipeline_tests.readers.storagegrid.buckets import ACCESS_KEY, SECRET, store_at
from smoke_pipeline_tests.readers.storagegrid.faults import Fault, Line

TEXT = b"a\n1\n"
KEYS = (
    "statement.12345.2026-02-03.CREDORAX.CSV",
    "statement.12345.2026-02-04.ADYEN.CSV",
    "statement.99999.2026-02-04.CREDORAX.CSV",
    "invoice.1.CSV",
)


@pytest.fixture
def no_credentials(monkeypatch, tmp_path):
    """A machine that knows no credentials."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))


def refusal(store, located):
    with pytest.raises(SmokePipelineError) as found:
        require_object(store, located)
    return found.value


def answered(s3_server, located, fault, **settings):
    """What comes of asking a store that always answers so."""
    with Line.to(s3_server, lambda _asked: fault) as (line, address):
        return refusal(store_at(address, **settings), located), line


def test_a_key_that_is_not_there_is_named_with_those_near_it(bucket):
    for key in KEYS:
        bucket.put(key, TEXT)

    error = refusal(bucket.store, Located(bucket.name, "statement.12345.2026-02-04.CREDORAX.CSV"))

    assert type(error) is ObjectNotFoundError
    assert str(error) == (
        f"The bucket '{bucket.name}' holds no object 'statement.12345.2026-02-04.CREDORAX.CSV'."
    )
    assert error.suggestions == ("Did you mean 'statement.12345.2026-02-04.ADYEN.CSV'?",)
    assert error.context == {"bucket": bucket.name, "key": "statement.12345.2026-02-04.CREDORAX.CSV"}


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("statement.12345.2026-02-05.CREDORAX.CSV", {KEYS[0], KEYS[1]}),
        ("invoice.1.csv", {"invoice.1.CSV"}),
        ("invoicE.1.CSV", {"invoice.1.CSV"}),
        ("something/else", set()),
    ],
)
def test_the_keys_that_are_suggested_are_like_the_one_that_was_meant(bucket, key, near):
    for one in KEYS:
        bucket.put(one, TEXT)

    suggestions = refusal(bucket.store, Located(bucket.name, key)).suggestions

    assert {one.split("'")[1] for one in suggestions if one.startswith("Did you mean")} == near
    assert suggestions


def test_a_key_is_not_there_for_those_who_may_not_list_either(bucket, s3_server):
    def closed(asked):
        return Fault(status=403, code="AccessDenied") if "list-type" in asked.path else None

    with Line.to(s3_server, closed) as (_, address):
        error = refusal(store_at(address), Located(bucket.name, "t.csv"))

    assert type(error) is ObjectNotFoundError
    assert error.suggestions == ("Check the key, and whether whatever writes the object has run.",)


def test_a_bucket_that_is_not_there_is_named(bucket):
    error = refusal(bucket.store, Located("no-such-bucket", "t.csv"))

    assert type(error) is ObjectNotFoundError
    assert str(error) == f"The store {bucket.store.endpoint_url} has no bucket 'no-such-bucket'."


@pytest.mark.parametrize("name", ["no bucket", "", "a/b", "ü", "x" * 300])
def test_a_name_that_no_bucket_can_have_is_refused(bucket, name):
    assert isinstance(refusal(bucket.store, Located(name, "t.csv")), InvalidOptionError | ObjectNotFoundError)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("InvalidAccessKeyId", "it does not know the access key"),
        ("SignatureDoesNotMatch", "the secret is not that of the access key"),
        ("ExpiredToken", "the credentials have expired"),
        ("RequestTimeTooSkewed", "the clock of this machine and its own differ too much"),
        ("InvalidObjectState", "the object lies in an archive and must be restored first"),
        ("AccessDenied", "it does not say more"),
    ],
)
def test_why_access_is_denied_is_told(s3_server, code, why):
    error, line = answered(s3_server, Located("bucket", "t.csv"), Fault(status=403, code=code))

    assert type(error) is AccessDeniedError
    assert str(error).endswith(f"does not let us read s3://bucket/t.csv: {why} ({code}).")
    assert [one.method for one in line.asked] == ["HEAD", "GET"]


@pytest.mark.parametrize("status", [401, 403])
def test_access_is_denied_without_a_word(s3_server, status):
    error, _ = answered(s3_server, Located("bucket", "t.csv"), Fault(status=status))

    assert type(error) is AccessDeniedError


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
@pytest.mark.parametrize("attempts", [1, 3])
def test_a_store_that_is_busy_is_asked_as_often_as_was_set(s3_server, status, attempts):
    error, line = answered(s3_server, Located("bucket", "t.csv"), Fault(status=status), attempts=attempts)

    assert type(error) is UnavailableError
    assert error.retryable
    assert len(line.asked) == attempts


def test_a_store_that_slows_us_down_is_unavailable(s3_server):
    error, _ = answered(s3_server, Located("bucket", "t.csv"), Fault(status=400, code="SlowDown"), attempts=1)

    assert type(error) is UnavailableError


def test_whatever_else_is_refused_is_told_with_its_code(s3_server):
    error, _ = answered(
        s3_server, Located("bucket", "t.csv"), Fault(status=400, code="AuthorizationHeaderMalformed")
    )

    assert type(error) is ReadError
    assert "(AuthorizationHeaderMalformed, HTTP status 400)" in str(error)


@pytest.mark.parametrize("code", [None, "NotXml<"])
def test_what_is_no_store_is_not_taken_for_one(s3_server, code):
    error, _ = answered(s3_server, Located("bucket", "t.csv"), Fault(status=200, code=code))

    assert type(error) is ReadError
    assert "does not answer as an object store does" in str(error)


def test_a_store_that_is_down_is_unavailable():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()

    error = refusal(store_at(address), Located("bucket", "t.csv"))

    assert type(error) is UnavailableError
    assert str(error).startswith(f"The store http://127.0.0.1:{address[1]} does not answer")


def test_a_store_that_says_nothing_is_unavailable():
    with socket.create_server(("127.0.0.1", 0)) as server:
        store = store_at(server.getsockname(), read_timeout_s=0.1, attempts=1)

        assert type(refusal(store, Located("bucket", "t.csv"))) is UnavailableError


def test_without_credentials_it_is_told_where_they_go(bucket, no_credentials):
    store = bucket.store.model_copy(update={"access_key_id": None, "secret_access_key": None})

    error = refusal(store, Located(bucket.name, "t.csv"))

    assert type(error) is AccessDeniedError
    assert "`access_key_id`" in error.suggestions[0]


def test_credentials_of_the_machine_are_used(bucket, no_credentials, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    store = bucket.store.model_copy(update={"access_key_id": None, "secret_access_key": None})

    require_object(store, bucket.put("t.csv", TEXT))


@pytest.mark.parametrize("missing", ["access_key_id", "secret_access_key"])
def test_half_a_pair_of_credentials_is_refused(bucket, missing):
    store = bucket.store.model_copy(update={missing: None})

    assert type(refusal(store, Located(bucket.name, "t.csv"))) is SettingsError


def test_a_password_in_the_address_is_refused_and_not_told(bucket):
    store = bucket.store.model_copy(update={"endpoint_url": f"http://user:{SECRET}@127.0.0.1"})

    error = refusal(store, Located(bucket.name, "t.csv"))

    assert type(error) is SettingsError
    assert SECRET not in str(error.to_dict())


def test_an_address_that_is_none_is_refused(bucket):
    store = bucket.store.model_copy(update={"endpoint_url": "http://[::1"})

    assert type(refusal(store, Located(bucket.name, "t.csv"))) is SettingsError


DETAIL = f"<AWSAccessKeyId>{ACCESS_KEY}</AWSAccessKeyId>"
"""What a store says in its own error."""
FAULTS = {
    "invalid key": Fault(status=403, code="InvalidAccessKeyId", detail=DETAIL),
    "invalid secret": Fault(status=403, code="SignatureDoesNotMatch", detail=DETAIL),
    "busy": Fault(status=503, code="SlowDown"),
    "not there": Fault(status=404),
    "cut": Fault(cut_after=0),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_no_secret_is_told_or_written_down(bucket, s3_server, tmp_path, caplog, fault):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("botocore").setLevel(logging.DEBUG)
    located = bucket.put("t.csv", TEXT)
    caplog.clear()

    with (
        Line.to(s3_server, lambda asked: fault if asked.number or fault.status else None) as (_, address),
        pytest.raises(SmokePipelineError) as found,
        opened_object(
            store_at(address, attempts=1),
            located,
            options=ReadOptions(),
            limits=UploadSettings(),
            folder=tmp_path,
        ),
    ):
        pass

    told = "".join(traceback.format_exception(found.value)) + str(found.value.to_dict()) + caplog.text
    assert ACCESS_KEY not in told
    assert SECRET not in told


def test_settings_never_show_a_secret():
    store = store_at(("127.0.0.1", 1), secret_access_key=SecretStr(SECRET))

    assert SECRET not in repr(store) + store.model_dump_json()
    assert ACCESS_KEY not in repr(store) + store.model_dump_json()

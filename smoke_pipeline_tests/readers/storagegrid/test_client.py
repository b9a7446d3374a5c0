"""How a store is reached: certificates, addresses, and what every setting does."""

import datetime as dt
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from smoke_pipeline.errors import SettingsError, SmokePipelineError, UnavailableError
from smoke_pipeline.readers.storagegrid.client import connected
from smoke_pipeline.readers.storagegrid.keys import Located
from smoke_pipeline.readers.storagegrid.reader import require_object
from smoke_pipeline.settings.connections import StorageGrid
from smoke_pipeline_tests.readers.storagegrid.buckets import ACCESS_KEY, store_at
from smoke_pipeline_tests.readers.storagegrid.faults import Line

HOST = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


def certificate(folder, name):
    """A certificate for this machine that nobody signed but itself, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([HOST]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return folder / f"{name}.pem", context


def over_tls(address, **settings):
    url = f"https://127.0.0.1:{address[1]}"
    return store_at(address, **{"endpoint_url": url, "attempts": 2, **settings})


def test_a_certificate_that_the_settings_name_is_trusted(bucket, s3_server, tmp_path):
    ca_bundle, context = certificate(tmp_path, "ours")
    located = bucket.put("t.csv", b"a\n1\n")

    with Line.to(s3_server, tls=context) as (line, address):
        require_object(over_tls(address, ca_bundle=ca_bundle), located)

    assert len(line.asked) == 1


@pytest.mark.parametrize("bundle", [None, "theirs"])
def test_any_other_certificate_is_not(s3_server, tmp_path, bundle):
    _, context = certificate(tmp_path, "ours")
    ca_bundle = certificate(tmp_path, bundle)[0] if bundle else None

    with (
        Line.to(s3_server, tls=context) as (line, address),
        pytest.raises(
            SettingsError, match=r"^The store https://\S+ shows a certificate that cannot be trusted\.$"
        ),
    ):
        require_object(over_tls(address, ca_bundle=ca_bundle), Located("bucket", "t.csv"))

    assert line.asked == []


def test_a_bundle_that_is_not_there_is_refused(tmp_path):
    store = StorageGrid(ca_bundle=tmp_path / "none.pem")

    with pytest.raises(SettingsError, match=r"none\.pem .* cannot be used: No such file"), connected(store):
        pass


@pytest.mark.parametrize("content", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_bundle_without_certificates_is_refused(tmp_path, content):
    (tmp_path / "ca.pem").write_text(content)

    with (
        pytest.raises(SettingsError, match="it holds no certificates"),
        connected(StorageGrid(ca_bundle=tmp_path / "ca.pem")),
    ):
        pass


def test_a_store_that_does_not_speak_tls_is_told(s3_server):
    with pytest.raises(UnavailableError) as found:
        require_object(over_tls(s3_server), Located("bucket", "t.csv"))

    assert "http:// or https://" in found.value.suggestions[0]


def asked_of(store):
    """The request that the client would send, and its own settings."""
    sent = []

    def kept(request, **_event):
        sent.append(request)
        raise SmokePipelineError("not sent")

    with connected(store) as client:
        client.meta.events.register("before-send.s3", kept)
        with pytest.raises(SmokePipelineError, match="not sent"):
            client.get_object(Bucket="bucket", Key="t.csv")
        return sent[0], client.meta.config


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "http://store:80/bucket/t.csv"),
        ({"path_style": False}, "http://bucket.store:80/t.csv"),
        ({"endpoint_url": "https://grid/base"}, "https://grid/base/bucket/t.csv"),
        (
            {"endpoint_url": None, "region": "eu-central-1"},
            "https://s3.eu-central-1.amazonaws.com/bucket/t.csv",
        ),
    ],
)
def test_an_object_is_asked_for_at_its_address(settings, url):
    store = store_at(("store", 80)).model_copy(update=settings)

    request, _ = asked_of(store)

    assert request.url == url


def test_requests_are_signed_for_the_region_with_the_key_and_ask_for_no_checksum():
    request, _ = asked_of(store_at(("store", 80), region="somewhere-1"))

    signed = request.headers["Authorization"].decode()
    assert f"Credential={ACCESS_KEY}/" in signed
    assert "/somewhere-1/s3/aws4_request" in signed
    assert not [name for name in request.headers if "checksum" in name.lower()]


def test_time_outs_attempts_and_connections_are_as_they_are_set():
    settings = {"connect_timeout_s": 3, "read_timeout_s": 4, "attempts": 7, "streams": 5}

    _, config = asked_of(store_at(("store", 80), **settings))

    assert (config.connect_timeout, config.read_timeout, config.max_pool_connections) == (3, 4, 6)
    assert (config.retries["mode"], config.retries["total_max_attempts"]) == ("standard", 7)

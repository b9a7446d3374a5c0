"""The shortest way from an Oracle, or the stand-in for one, to rows."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from smoke_pipeline.readers.base import Reader
from smoke_pipeline.readers.tables.reader import opened_table
from smoke_pipeline.readers.tables.request import TableRequest
from smoke_pipeline.settings.connections import Oracle
from smoke_pipeline_tests.oracle_standin.server import OracleStandIn
from smoke_pipeline_tests.oracle_standin.session import Behaviour
from smoke_pipeline_tests.oracle_standin.tables import Tables

PASSWORD = "geheim€"


def certificate(path: Path) -> Path:
    """A file with a certificate of `localhost`, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, path.name)])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    written = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(signed.public_bytes(pem) + written)
    return path


def behaviour(**values: Any) -> Behaviour:
    return Behaviour(users={"SCOTT": PASSWORD}, **values)


def settings(server: OracleStandIn, **values: Any) -> Oracle:
    return Oracle.model_validate({"user": "scott", "password": PASSWORD, "dsn": server.dsn, **values})


@contextmanager
def opened(server: OracleStandIn, request: dict[str, Any] | None = None, **values: Any) -> Iterator[Reader]:
    """What a request reads; `values` are settings of the database."""
    asked = {"table": "T"} if request is None else request
    with opened_table(settings(server, **values), TableRequest(database="oracle.main", **asked)) as reader:
        yield reader


def column_read(declared: str, *values: Any, **how: Any) -> pa.ChunkedArray:
    """A column of this type with these values, as the reader reads it."""
    return table_read({"A": declared}, [[value] for value in values], **how)["A"]


def table_read(columns: dict[str, str], rows: Sequence[Sequence[Any]], **how: Any) -> pa.Table:
    tables = Tables()
    tables.create("T", columns, rows)
    with OracleStandIn(tables, behaviour(**how)) as server, opened(server) as reader:
        return pa.Table.from_batches(reader.batches(1000), reader.schema)

"""Where the data of a preset lies: object stores and databases, with what it takes to reach them."""

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ByteSize, ConfigDict, Field, SecretStr

Seconds = Annotated[float, Field(gt=0, le=86_400)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Connection(BaseModel):
    """What is needed to reach a place; a value that never changes and refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Document(Connection):
    """One kind of object: the bucket it lies in, and how its key is made."""

    bucket: str
    """One of `buckets`."""
    key: Annotated[str, Field(min_length=1)]
    """The object key with `{parameters}` in it."""


DOCUMENTS = {
    "statement": Document(
        bucket="statements", key="statement.{contract_number}.{payment_date}.{transform_subtype}.CSV"
    ),
    "invoice": Document(
        bucket="invoices",
        key="{prefix}.{contract_number}.{partner_contract}.{currency}.{payment_date}.{transform_subtype}.{ext}",
    ),
    "gl": Document(bucket="gl", key="{gl_document_type}.{financial_institution}.{gl_posting_date}.{ext}"),
}
"""The kinds of objects that are known where the settings name none."""


class ObjectStore(Connection):
    """An object store that speaks S3, and how it is reached."""

    told_as: ClassVar[str] = "the preset's `storagegrid`"
    """What errors call these settings."""

    endpoint_url: Annotated[str, Field(pattern=r"^https?://[^\s?#@]+$")] | None = None
    """Address of the store; default: Amazon's."""
    region: str = "us-east-1"
    """Region that requests are signed for."""
    access_key_id: SecretStr | None = None
    """Default: as the S3 client finds its credentials, such as in `AWS_ACCESS_KEY_ID`."""
    secret_access_key: SecretStr | None = None
    """The secret of the access key."""
    ca_bundle: Path | None = None
    """Certificates that the store's own is checked against; default: those of the system."""
    path_style: bool = True
    """Whether the bucket stands in the path of an address, and not in its host name."""
    connect_timeout_s: Seconds = 10
    """How long to wait for a connection."""
    read_timeout_s: Seconds = 60
    """How long to wait for the next bytes."""
    attempts: int = Field(5, ge=1, le=20)
    """How often a request is tried before it counts as failed, with growing pauses."""
    streams: int = Field(4, ge=1, le=32)
    """Ranges of one object that are read at once."""
    range_bytes: ByteSize = Field(ByteSize(8 * 1024**2), ge=64 * 1024, validate_default=True)
    """Size of such a range."""


class StorageGrid(ObjectStore):
    """The object store of a preset."""

    max_runs: int = Field(4, ge=1, le=1000)
    """How many runs may read from it at once; the next ones wait for their turn."""
    buckets: dict[str, str] = {}
    """What a bucket is called here -> its name in the store."""
    documents: dict[str, Document] = DOCUMENTS
    """Kind of object -> bucket and key; default: `statement`, `invoice` and `gl`."""


class Database(Connection):
    """A database whose tables can be read; nothing is ever written to it."""

    user: str
    """Who reads; a user that may do nothing but read is best."""
    password: SecretStr | None = None
    """Their password."""
    connect_timeout_s: Seconds = 10
    """How long to wait for a connection."""
    statement_timeout_s: Seconds = 3600
    """How long one statement may take."""
    fetch_rows: int = Field(10_000, ge=1, le=1_000_000)
    """Rows that are fetched together."""
    max_runs: int = Field(1, ge=1, le=1000)
    """How many runs may read from it at once; the next ones wait for their turn."""
    large_rows: int = Field(50_000_000, ge=1)
    """A table of more rows, as the database estimates, is read only with `confirm_large`."""


class MySql(Database):
    """A MySQL or MariaDB server."""

    host: str = "127.0.0.1"
    """Address of the server."""
    port: Port = 3306
    """Port of the server."""
    database: str
    """The database whose tables are meant where a table's name has no schema."""
    ca_bundle: Path | None = None
    """Certificates that the server's own is checked against; with it the connection is encrypted."""


class Postgres(Database):
    """A PostgreSQL server."""

    host: str = "127.0.0.1"
    """Address of the server, or the folder of its socket."""
    port: Port = 5432
    """Port of the server."""
    database: str
    """The database to connect to."""
    db_schema: str = "public"
    """The schema of tables whose name has none."""
    sslmode: Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] = "prefer"
    """How much the connection must be encrypted, as libpq means it."""
    ca_bundle: Path | None = None
    """Certificates that the server's own is checked against, for `verify-ca` and `verify-full`."""


class Oracle(Database):
    """An Oracle database, by python-oracledb in thin mode."""

    dsn: str
    """`host:port/service`, or a whole connect descriptor."""
    db_schema: str | None = None
    """The schema of tables whose name has none; default: the user's own."""
    ca_bundle: Path | None = None
    """Certificates in PEM that the server's own is checked against, for `tcps`."""

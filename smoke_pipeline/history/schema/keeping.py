"""What is kept beside the sessions: files handed in or out, sums that outlive sessions, and a cache."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
)

from smoke_pipeline.history.records import FileKind
from smoke_pipeline.history.schema.base import JSON_TEXT, TIME, metadata, one_of
from smoke_pipeline.history.schema.sessions import test_sessions

files = Table(
    "files",
    metadata,
    Column("file_id", BigInteger, Identity(always=True), primary_key=True),
    Column("session_id", Text, ForeignKey(test_sessions.c.session_id, ondelete="CASCADE")),
    Column("kind", Text, nullable=False),
    Column("path", Text, nullable=False, unique=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", Text),
    Column("client_id", Text, nullable=False),
    Column("created_at", TIME, nullable=False),
    Column("expires_at", TIME),
    one_of("kind", FileKind),
    CheckConstraint("size_bytes >= 0", name="ck_size_bytes"),
)
Index("idx_files_session", files.c.session_id)
Index("idx_files_expires", files.c.expires_at)

metrics = Table(
    "metrics",
    metadata,
    Column("day", Date, primary_key=True),
    Column("test_name", Text, primary_key=True),
    Column("test_type", Text, primary_key=True),
    Column("preset", Text, primary_key=True),
    Column("client_id", Text, primary_key=True),
    Column("sessions", BigInteger, nullable=False),
    Column("passed", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("unproven", BigInteger, nullable=False),
    Column("without_verdict", BigInteger, nullable=False),
    Column("match_score_sum", Double, nullable=False),
    Column("match_score_least", Double),
    Column("rows_compared", BigInteger, nullable=False),
    Column("rows_differing", BigInteger, nullable=False),
    Column("comparison_seconds", Double, nullable=False),
    Column("files_mb", Double, nullable=False),
)

metadata_cache = Table(
    "metadata_cache",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", JSON_TEXT, nullable=False),
    Column("expires_at", TIME, nullable=False),
)
Index("idx_metadata_cache_expires", metadata_cache.c.expires_at)

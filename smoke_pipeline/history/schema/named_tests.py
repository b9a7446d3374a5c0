"""Tests that have a name and are run again and again, and the differences that were accepted."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    desc,
    text,
)

from smoke_pipeline.history.schema.base import JSON_TEXT, TIME, metadata

test_definitions = Table(
    "test_definitions",
    metadata,
    Column("name", Text, primary_key=True),
    Column("definition", JSON_TEXT, nullable=False),
    Column("owner", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("updated_at", TIME, nullable=False),
    Column("updated_by", Text, nullable=False),
)

baselines = Table(
    "baselines",
    metadata,
    Column("baseline_id", BigInteger, Identity(always=True), primary_key=True),
    Column("test_name", Text, nullable=False),
    Column("session_id", Text, nullable=False),
    Column("result_id", BigInteger, nullable=False),
    Column("accepted_by", Text, nullable=False),
    Column("accepted_at", TIME, nullable=False),
    Column("reason", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("holds_for", Text, nullable=False, server_default=""),
    Column("options", JSON_TEXT, nullable=False, server_default=text("'{}'")),
)
Index(
    "idx_baselines_active",
    baselines.c.test_name,
    baselines.c.holds_for,
    unique=True,
    postgresql_where=baselines.c.active,
)
Index("idx_baselines_test", baselines.c.test_name, desc(baselines.c.accepted_at))

baseline_rows = Table(
    "baseline_rows",
    metadata,
    Column(
        "baseline_id",
        BigInteger,
        ForeignKey(baselines.c.baseline_id, ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("fingerprint", LargeBinary, primary_key=True),
    Column("times", BigInteger, nullable=False),
    CheckConstraint("length(fingerprint) = 32", name="ck_fingerprint"),
    CheckConstraint("times > 0", name="ck_times"),
)

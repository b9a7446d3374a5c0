"""What Alembic runs for every command; the connection, if any, comes from `history.schema.migrate`."""

from alembic import context

from smoke_pipeline.history.schema.tables import SCHEMA, metadata

context.configure(
    connection=context.config.attributes.get("connection"),
    dialect_name="postgresql",
    target_metadata=metadata,
    version_table_schema=SCHEMA,
    literal_binds=context.is_offline_mode(),
)
with context.begin_transaction():
    context.run_migrations()

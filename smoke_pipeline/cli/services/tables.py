"""Whether Dagster's tables are there, asked without Dagster, which takes a second to be imported."""

from smoke_pipeline.history.database import Database

FIRST_OF_EACH = ("runs", "instance_info", "event_logs", "jobs")
"""The tables by which each of Dagster's storages knows that its own were made."""
_QUESTION = "SELECT to_regclass('public.' || %(name)s) IS NOT NULL"


def dagster_has_tables(postgres_url: str) -> bool:
    """Whether nothing has to be made before Dagster's processes start side by side.

    Raises:
        HistoryUnavailableError: PostgreSQL does not answer.
    """
    with Database(postgres_url) as database, database.transaction() as connection:
        return all(
            connection.exec_driver_sql(_QUESTION, {"name": name}).scalar_one() for name in FIRST_OF_EACH
        )

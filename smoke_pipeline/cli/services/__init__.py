"""What `smoke up` keeps running: PostgreSQL, Dagster's webserver and daemon, the report server."""

"""What `smoke up` keeps running: PostgreSQL, Dagster's webserver and its daemon."""

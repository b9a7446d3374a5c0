"""PostgreSQL: connections, types and errors of psycopg."""

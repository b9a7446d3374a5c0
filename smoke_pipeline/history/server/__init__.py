"""The PostgreSQL server behind the history: which one is meant, and the embedded one where none is."""

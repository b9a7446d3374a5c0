"""The sensors that hear of an ETL that has run; whatever told it, one sensor launches the verification."""

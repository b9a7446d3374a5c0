"""The signals that the ETL of a session has run, and what each of them is allowed to start.

Decisions alone: who is asked how often, and who launches what, is Dagster's and lies in `defs.signals`.
"""

"""Runs that were asked for, and how far they have come.

What a run does to its session stands in the session's row; what Dagster knows of it is not here.
"""

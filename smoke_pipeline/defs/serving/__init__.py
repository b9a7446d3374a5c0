"""The code server: one process that holds the pipeline for Dagster's webserver and its daemon, and runs it.

`__main__` is what `smoke serve code` and `smoke up` start, `server` is Dagster's own server with two changes,
and `warm` is what every run begins as a copy of.
"""

"""The Dagster face: assets, checks, jobs and resources, one folder a wing.

Thin: an asset takes its arguments, calls one function below and returns what it found. The heavy rooms are
imported inside the functions, for every code server and run worker pays for what stands at the top.
"""

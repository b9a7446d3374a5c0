"""Suites on Dagster: the job that begins one, the sensor that goes on with it, and a schedule for each."""

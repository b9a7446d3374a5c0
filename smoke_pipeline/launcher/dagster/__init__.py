"""Dagster as it is asked from outside, over its webserver's GraphQL."""

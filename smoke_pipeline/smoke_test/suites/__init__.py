"""Suites: many tests that are run together, with one verdict and one summary.

A suite fails no test for another's sake: what cannot be started counts as failed, and the rest goes on.
"""

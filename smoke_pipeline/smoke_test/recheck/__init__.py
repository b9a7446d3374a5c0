"""Waiting, and reading the differing keys of tables again; `comparison.recheck` judges what comes of it."""

"""What a person gets: a page, a CSV and machine-readable facts, in one zip of deterministic bytes.

Nothing is compared or read here; a `ComparisonResult` comes in, files go out.
"""

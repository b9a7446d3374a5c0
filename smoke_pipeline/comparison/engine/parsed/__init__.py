"""The parsed tier: rows of any two snapshots meet by their values.

While both sides run in step, rows wait for their like as they are. Where they turn out to stand in different
orders, only their hashes and numbers are remembered, and those that never met their like are read again.
"""

"""One side of a session, frozen: its rows as Parquet, and a manifest of what they are inside.

Taking, opening and dropping snapshots, and what differs between two column lists. Nothing is compared here.
"""

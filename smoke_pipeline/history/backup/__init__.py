"""The whole history in one file and back, to keep it or to move it to another server.

The file is a zip: `manifest.json`, and `tables/<name>.copy` for each table, as PostgreSQL's COPY writes text.
Snapshots and reports lie in the data folder and are no part of it.
"""

"""Tables cut into segments by key, and a checksum of each that the database itself computes.

What stands here holds for every database; the SQL of each is beside its reader. Who compares the checksums
of two tables, and what follows, is no matter of this room.
"""

"""Objects of a StorageGrid, or any store that speaks S3.

An object is brought into a folder of this machine, whole and pinned to its ETag, and read there as the file
it is.
"""

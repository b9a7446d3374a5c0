"""What is kept beside the sessions: sums that outlive them, files, a cache; and what is deleted, and how.

When something goes is decided in `smoke_test.keeping`.
"""

"""Which known kind of change two values show: one pair at a time, by whole columns, and across columns.

A pattern is a guess for people: it never changes a count of rows.
"""

"""Where rows come from, always as Arrow batches.

A reader knows a place and a format; it does not know which side it is read for, and nothing about sessions.
"""

"""Whose turn it is to read: which servers a run reads from, and how many may do so at once."""

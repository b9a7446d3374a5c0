"""Runs that were asked for, and how far they have come."""

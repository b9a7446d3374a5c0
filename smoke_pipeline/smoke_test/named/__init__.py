"""Tests that have a name: what a definition says, how it is filled in, and which differences were accepted.

How definitions and accepted differences are kept is in `history.named_tests`.
"""

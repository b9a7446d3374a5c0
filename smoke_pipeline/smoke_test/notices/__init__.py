"""Who is told how a test ended: what a notice says, when one is due, and how it is sent once.

A notice holds counts and names, never a value of a table, a message of an error, or a secret.
"""

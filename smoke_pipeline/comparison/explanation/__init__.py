"""What mismatched cells look like to a person: patterns, what they share, and what would forgive them.

Nothing here changes a count of rows, and nothing is forgiven because of it.
"""

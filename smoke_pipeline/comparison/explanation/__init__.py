"""What mismatched cells have in common, in clusters and in words, and what would make them equal.

Nothing here changes a count of rows, and nothing is forgiven because of it.
"""

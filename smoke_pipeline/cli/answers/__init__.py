"""The commands that ask the history: lists, sums, trends, sizes; nothing here changes a session."""

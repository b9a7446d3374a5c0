"""The flags of a report, and the command that shows, checks and compares reports."""

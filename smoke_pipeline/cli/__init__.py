"""The command line: `smoke`."""

"""The places of sides on the command line: how they are written, how they are opened, and what they hold."""

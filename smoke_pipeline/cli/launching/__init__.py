"""The command that starts the launcher, which is a process of its own."""

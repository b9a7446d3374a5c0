"""Who gives the commands: what each command needs, the keys, and the log of what was done."""

"""Who may do what, the keys that prove who somebody is, and the log of what was done.

What a session is stays with the sessions' own store; here is only whose it is, and who may see or change it.
"""

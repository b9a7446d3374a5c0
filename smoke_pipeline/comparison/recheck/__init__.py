"""Differing keys, looked at once more after a while: which of them agree now.

`keys` says which keys differ and how a database is asked for them, `rows` brings their rows, `judging` has
the engine compare those rows and labels the result. Where rows come from and how long to wait is for those
who call.
"""

"""What a watching program reads of the history every few seconds: a handful of sums, in milliseconds.

How they are written for that program is not here.
"""

"""Canonical values: what two cells must have in common to be the same.

A value is carried as one text: a letter for its family (`n` number, `b` truth value, `d` date, `s` date and
time without a zone, `z` instant, `h` time of day, `u` duration, `x` bytes, `t` text) and then one spelling
that all equal values of the family share. Two values are the same exactly if these texts are. Columns that
are text on both sides need no letter: their text is its own canonical value.
"""

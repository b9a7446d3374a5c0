"""Which row belongs to which: by key, as equal rows, or so that the fewest cells differ.

Only places in two frames come out; whether the cells of a pair match is found out in `findings`.
"""

"""How rows are aligned and compared in bounded memory.

`spool` keeps both sides, on disk once they outgrow the budget, cut into chunks that hold the same keys.
`columns` turns a chunk's columns into canonical values, `alignment` finds pairs of rows, `groups` pairs the
rows of repeated keys, `cells` has datacompy judge what differs, `tally` counts and `keeper` keeps the first
differences in key order. What rules and plans are is not decided here.
"""

"""How fast the comparison is and how much memory it takes, measured from outside as whole processes.

`data` makes pairs of CSVs whose differences are known, `contenders` names what is run on them, `measure` runs
one process and watches it, `table` writes the figures down. What is measured is imported by none of them, so
that the measuring process stays small. `peers` hold what `smoke compare` is set against.
"""

"""How two snapshots of any size are compared in bounded memory.

`run` has a tier read both sides, `raw` by their bytes or `parsed` by their values, and identical rows meet
there. The rest goes to the `spool`, which keeps it on disk once it outgrows the budget and gives it back
chunk by chunk, each with all rows of its keys. `chunks` has each chunk paired and judged. The `census` counts
the keys of all rows. What is the same is settled in `values`, what belongs together in `pairing`.
"""

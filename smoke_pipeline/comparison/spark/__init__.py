"""The comparison past one machine: Spark moves hashes, and this package's own engine compares what is left.

`availability` is to be asked first, for the rest needs pyspark. `tables` says which files a side is made of,
`work` is what Spark's workers do with them, and `residue` keeps what they compare. `session` and `stages` are
the door to pyspark, `carried_errors` brings errors through it, and `compare` puts all together. No value of a
table ever becomes one of Spark's: files are read by the same readers, and rows travel as Arrow, so the answer
is the local engine's.
"""

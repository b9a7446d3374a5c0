"""The comparison past one machine: Spark moves hashes, and this package's own engine compares what is left.

`tables` says which files a side is made of, `work` is what Spark's workers do with them, `session` is the one
door to pyspark, and `compare` puts them together. No value of a table ever becomes one of Spark's: files are
read by the same readers, and rows travel as Arrow, so the answer is the local engine's.
"""

"""Tables of databases, as Arrow batches whose types hold every value exactly.

`request` is what a person asks for, `guard` refuses what a reader may not do, `query` writes the statement,
and one small module for each driver runs it in a transaction that can only read.
"""

"""Two snapshots in; matches, mismatches and one-sided rows out.

`compare.compare_snapshots` is the way in. Reading files, remembering results and showing them is done
elsewhere.
"""

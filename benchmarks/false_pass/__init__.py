"""Does a comparison say what is true? Small pairs of tables that look alike, or look different, and are not.

`case` says what a pair is, `cases` holds them with the right answers, `written` puts a pair on disk.
`ours` asks the Python API of `smoke compare`, `peers` ask other programs, `score` sets what they said against
what is true, `asking` runs one program over all cases in a process of its own, `page` writes the table down.

What counts as true is docs/comparison.md. Where another tool may rightly decide otherwise, the case says so.
"""

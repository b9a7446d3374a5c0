"""How fast the comparison is and how much memory it takes, measured from outside as whole processes.

`statements` makes tables whose differences are known and `data` writes them down, `contenders` names the
programs, `scenarios` what each is run on, `measure` runs one process and watches it, `kept` keeps the
figures, `goals` says what is aimed at, `table` writes it all down. What is measured is imported by none of
them, so that the measuring process stays small. `peers` hold what `smoke compare` is set against.

`false_pass` asks another question: who says what is true.
"""

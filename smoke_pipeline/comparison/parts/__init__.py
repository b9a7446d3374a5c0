"""A comparison done in parts, by other processes or machines, and added up to the result of the whole.

`dealing` says which rows belong to a part, `numbering` remembers where they stood in the whole, `summing`
compares a part and adds the parts up, and `written` makes one file of the differences that each wrote down.
Who starts the processes is no matter of this package.
"""

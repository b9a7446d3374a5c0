"""The comparison of a session in parts, so that several processes or machines can share it.

`steps` does one part at a time and adds all up; `kept` holds what the parts hand to one another, as files of
the session's folder. Which process does which part is for those who call.
"""

"""A value as people see it: what was cut, what changed, and what cannot be seen by itself.

How it looks is the templates' matter.
"""

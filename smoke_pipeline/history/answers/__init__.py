"""Questions to the history and their answers: lists, sums, trends; nothing here writes.

Every function takes the `Database` first and, as `client_id`, whose sessions alone may be seen; None is
everybody's. Deciding who may ask is not done here.
"""

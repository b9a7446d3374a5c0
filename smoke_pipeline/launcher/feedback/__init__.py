"""Feedback: what somebody found wrong or would like, as an issue of the project's repository.

Nothing of a session is sent by itself: only the words that somebody wrote, without secrets or values.
"""

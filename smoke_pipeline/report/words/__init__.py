"""What a result means and what to do about it, in sentences for people who were not there.

Every sentence follows from the counts by a rule; nothing is guessed that the result does not hold.
"""

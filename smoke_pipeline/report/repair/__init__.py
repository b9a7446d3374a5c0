"""Statements that would make one side equal to the other; a person reviews and runs them, we never do."""

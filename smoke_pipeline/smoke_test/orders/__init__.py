"""Parts of a session's order that have rules of their own; what is done with them is not here."""

"""What of a text is a table: where it begins and ends, its header, and why it is taken so."""

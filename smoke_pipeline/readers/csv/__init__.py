"""CSV: in which encoding and dialect a text is, whether its quotes are sound, and its rows."""

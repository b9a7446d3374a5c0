"""What took how long, and on whose behalf: spans of a trace across processes, sent only where asked for."""

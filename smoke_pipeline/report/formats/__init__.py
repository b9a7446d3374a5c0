"""What a bundle can hold: a small module a format, and a line in `registry` for each."""

"""What variables bring into the settings: references in a file's text, and secrets that lie in files."""

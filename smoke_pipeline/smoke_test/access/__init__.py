"""Whether who acts may see a session, change it, or read what it reads."""

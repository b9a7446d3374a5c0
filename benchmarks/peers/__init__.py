"""What the command is set against, each a program that takes two CSVs."""

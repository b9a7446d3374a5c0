"""The commands about tests that have a name, and about the differences that were accepted for them."""

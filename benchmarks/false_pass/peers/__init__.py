"""Other programs, each asked as its manual shows, with the key and with text read as text where it can.

Every module holds one program, or two that are asked alike, and `every` lists them in the order of the page.
"""

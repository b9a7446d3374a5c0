"""The pictures of the page, as SVG that needs nothing beside itself.

Each tells in words, too, what it shows, and none of them needs colour: what differs in colour differs in its
pattern or shape as well. How they look is in the style of the page; here is only where things stand.
"""

"""The section of RESULTS.md that another program writes, kept where the rest is written anew."""

import re

HEADING = "## History"


def with_section(page: str, section: str) -> str:
    """The page with its section on the history replaced, or added at its end."""
    rest = page.replace(section_of(page), "") if section_of(page) else page
    return f"{rest.rstrip()}\n\n{section.rstrip()}\n" if section else page


def section_of(page: str) -> str:
    """The section on the history of a page; empty where it has none."""
    found = re.search(rf"^{HEADING}\n.*?(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
    return found[0] if found else ""

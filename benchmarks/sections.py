"""The sections of RESULTS.md that other programs write, kept where the rest is written anew."""

import re

HEADING = "## History"
SIGNALS = "## Signals"
SOAK = "## Soak"
KEPT = (HEADING, SIGNALS, SOAK)


def with_section(page: str, section: str, heading: str = HEADING) -> str:
    """The page with the section of that heading replaced, or added at its end."""
    found = section_of(page, heading)
    rest = page.replace(found, "") if found else page
    return f"{rest.rstrip()}\n\n{section.rstrip()}\n" if section else page


def with_kept_sections(page: str, before: str) -> str:
    """A page that was written anew, with what other programs had written into the one before."""
    for heading in KEPT:
        page = with_section(page, section_of(before, heading), heading)
    return page


def section_of(page: str, heading: str = HEADING) -> str:
    """The section of that heading; empty where the page has none."""
    found = re.search(rf"^{re.escape(heading)}\n.*?(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
    return found[0] if found else ""

"""Writes docs/licences.md: under which terms the packages stand that an installation brings along."""

from importlib.metadata import Distribution
from pathlib import Path

from shipped import shipped

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "licences.md"
HEAD = """# Licences

Packages that an installation of the product brings along, as they tell it; `make docs` writes this page.
What only tests and measurements need is not here, and neither are the extras `spark` and `k8s`.
`make sbom` lists the same packages with versions for programs.

| package | licence |
|---|---|
"""
LONGEST = 60
MARK = "License :: OSI Approved :: "


def page() -> str:
    """The whole page."""
    return HEAD + "".join(f"| {one.metadata['Name']} | {licence(one)} |\n" for one in shipped())


def licence(package: Distribution) -> str:
    """What the package says: an expression, a short name, or its classifiers."""
    told = package.metadata
    short = (told.get("License") or "").strip()
    classes = [one.removeprefix(MARK) for one in told.get_all("Classifier", ()) if one.startswith(MARK)]
    named = short if 0 < len(short) <= LONGEST and "\n" not in short else ""
    return (told.get("License-Expression") or named or ", ".join(classes) or "see its files").replace(
        "|", "/"
    )


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")

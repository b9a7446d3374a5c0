"""Puts the pages of docs/ in order for MkDocs: README, tutorials, how-tos, references, explanations."""

import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
START, RESULTS = "index.md", "benchmarks/RESULTS.md"
KINDS: dict[str, tuple[str, ...]] = {
    "Tutorials": ("tutorial.md",),
    "How to": (
        "running.md",
        "sessions.md",
        "signals.md",
        "suites.md",
        "notifications.md",
        "storagegrid.md",
        "tables.md",
        "oracle.md",
        "filters.md",
        "masking.md",
        "recheck.md",
        "keeping.md",
        "deployment.md",
        "upgrading.md",
        "observability.md",
        "mcp-serving.md",
        "live.md",
        "development.md",
    ),
    "Reference": (
        "options.md",
        "rules.md",
        "settings.md",
        "report.md",
        "errors.md",
        "csv.md",
        "types.md",
        "profile.md",
        "history.md",
        "dagster.md",
        "access.md",
        "licences.md",
        RESULTS,
    ),
    "Explanation": (
        "comparison.md",
        "engines.md",
        "pushdown.md",
        "false-pass.md",
        "architecture.md",
        "security.md",
    ),
}
OTHERWISE = "Reference"
"""The kind of a page that nobody has put anywhere."""
DECISIONS = "decisions/"


def navigation(pages: set[str]) -> list[dict[str, Any]]:
    """Every page once, by its kind."""
    listed = {name for names in KINDS.values() for name in names}
    further = sorted(pages - listed - {START} - {name for name in pages if name.startswith(DECISIONS)})
    found: list[dict[str, Any]] = [{"Start": START}]
    for kind, names in KINDS.items():
        shown = [name for name in names if name in pages] + (further if kind == OTHERWISE else [])
        if kind == "Explanation":
            decisions: list[Any] = sorted(name for name in pages if name.startswith(DECISIONS))
            found.append({kind: [*shown, {"Decisions": decisions}]})
        elif shown:
            found.append({kind: shown})
    return found


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that lie elsewhere, and settle the order."""
    files.append(File.generated(config, START, abs_src_path=str(ROOT / "README.md")))
    files.append(File.generated(config, RESULTS, abs_src_path=str(ROOT / RESULTS)))
    config.nav = navigation({file.src_uri for file in files.documentation_pages()})
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Let links lead to where the pages lie here."""
    if page.file.src_uri == START:
        return re.sub(r"\]\(docs/", "](", markdown)
    if page.file.src_uri == RESULTS:
        return re.sub(r"\]\(\.\./docs/", "](../", markdown)
    return markdown.replace(f"](../{RESULTS}", f"]({RESULTS}")

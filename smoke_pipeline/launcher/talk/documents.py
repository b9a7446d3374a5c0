"""The documentation that the package ships, by topic."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.settings.paths import project_file

NAMED: Mapping[str, str] = {"quick-start": "mcp", "troubleshooting": "errors"}
"""Topics that people look for under another name than that of their page."""


@cache
def topics() -> Mapping[str, Path]:
    """Topic -> page; the pages of the tools are called `tools-get_report` and so on.

    Raises:
        SettingsError: The installation is incomplete.
    """
    folder = project_file("docs")
    pages = {path.stem: path for path in sorted(folder.glob("*.md"))}
    tools = {f"tools-{path.stem}": path for path in sorted((folder / "tools").glob("*.md"))}
    named = {name: pages[page] for name, page in NAMED.items() if page in pages}
    return {**named, **pages, **tools}


def contents() -> str:
    """Every topic, with the title of its page."""
    lines = [f"- smoke://docs/{name}: {_title(page)}" for name, page in topics().items()]
    return "\n".join(["# Topics", "", *lines, ""])


def document(topic: str) -> str:
    """The page about a topic.

    Raises:
        InvalidOptionError: There is no such topic.
        SettingsError: The installation is incomplete.
    """
    page = topics().get(topic)
    if page is None:
        raise InvalidOptionError(
            f"There is no topic {topic[:100]!r}.",
            ("smoke://docs tells every topic.",),
            {"topic": topic[:100]},
        )
    return page.read_text(encoding="utf-8")


def _title(page: Path) -> str:
    with page.open(encoding="utf-8") as text:
        return text.readline().lstrip("# ").strip()

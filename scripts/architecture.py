"""Draws docs/images/architecture.svg and the table of docs/architecture.md from what imports what."""

import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "smoke_pipeline"
PICTURE = ROOT / "docs" / "images" / "architecture.svg"
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- imports -->\n", "<!-- /imports -->\n"
WIDTH, ROW, BOX_W, BOX_H, GAP = 560, 68, 130, 38, 26

Rooms = Mapping[str, frozenset[str]]


def layers() -> Sequence[Sequence[str]]:
    """The rooms as the import contract orders them, what Dagster loads first."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (one_way,) = (one for one in contracts if one["id"] == "one-way")
    return [[name.strip() for name in layer.split("|")] for layer in one_way["layers"]]


def imports() -> Rooms:
    """Room -> the rooms that its modules import."""
    graph = grimp.build_graph(PACKAGE, cache_dir=None)
    rooms = [name for layer in layers() for name in layer]
    found: dict[str, set[str]] = {name: set() for name in rooms}
    for module in graph.modules:
        room = _room(module)
        for other in graph.find_modules_directly_imported_by(module):
            if room in found and _room(other) in found and _room(other) != room:
                found[room].add(_room(other))
    return {name: frozenset(others) for name, others in found.items()}


def picture(rooms: Rooms, rows: Sequence[Sequence[str]]) -> str:
    """The rooms in rows, and an arrow for every import that no longer way implies."""
    places = {}
    for number, row in enumerate(rows):
        left = (WIDTH - len(row) * BOX_W - (len(row) - 1) * GAP) / 2
        for i, name in enumerate(row):
            places[name] = (left + i * (BOX_W + GAP), 14 + number * ROW)
    height = 14 + len(rows) * ROW
    arrows = "".join(
        _arrow(places[room], places[other])
        for room in rooms
        for other in sorted(_not_implied(room, rooms))
        if places[room][1] < places[other][1]
    )
    boxes = "".join(_box(name, place) for name, place in places.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'aria-label="Rooms of the package and what they import" font-family="sans-serif" font-size="14">\n'
        '<defs><marker id="end" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto"><path d="M0 0 8 4 0 8z" fill="#567"/></marker></defs>\n'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>\n{arrows}{boxes}</svg>\n'
    )


def table(rooms: Rooms) -> str:
    """Each room and what it imports, as a table."""
    lines = [
        f"| `{room}` | {', '.join(f'`{name}`' for name in sorted(others)) or 'nothing'} |\n"
        for room, others in rooms.items()
    ]
    return "".join(["| room | imports |\n|---|---|\n", *lines])


def with_table(page: str, rooms: Rooms) -> str:
    """The page with the table as it is now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table(rooms)}\n{END}{after}"


def _room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def _not_implied(room: str, rooms: Rooms) -> frozenset[str]:
    further = {two for one in rooms[room] for two in _reached(one, rooms)}
    return rooms[room] - further


def _reached(room: str, rooms: Rooms) -> set[str]:
    found: set[str] = set()
    waiting = list(rooms[room])
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting.extend(rooms[one])
    return found


def _box(name: str, place: tuple[float, float]) -> str:
    x, y = place
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{BOX_W}" height="{BOX_H}" rx="5" fill="#eef4fa" stroke="#567"/>'
        f'<text x="{x + BOX_W / 2:g}" y="{y + 24:g}" text-anchor="middle" fill="#123">{name}</text>\n'
    )


def _arrow(upper: tuple[float, float], lower: tuple[float, float]) -> str:
    x, y = upper[0] + BOX_W / 2, upper[1] + BOX_H
    u, v = lower[0] + BOX_W / 2, lower[1]
    bend = 0 if v - y < ROW else 120 if u >= x else -120
    middle = (y + v) / 2
    return (
        f'<path d="M{x:g} {y:g}C{x + bend:g} {middle:g} {u + bend:g} {middle:g} {u:g} {v:g}" '
        'fill="none" stroke="#567" marker-end="url(#end)"/>\n'
    )


def main() -> None:
    """Write both files; with `--check` only say by the exit status whether they are as they should be."""
    rooms = imports()
    made = {PICTURE: picture(rooms, layers()), PAGE: with_table(PAGE.read_text("utf-8"), rooms)}
    if "--check" in sys.argv[1:]:
        stale = [file.name for file, text in made.items() if file.read_text("utf-8") != text]
        sys.exit(f"Out of date: {', '.join(stale)}. Run: make docs" if stale else 0)
    for file, text in made.items():
        file.write_text(text, "utf-8")


if __name__ == "__main__":
    main()

"""Counts by name, as bars that lie: mismatches by column, and by column and pattern."""

from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.report.pictures.svg import WIDTH, Picture, box, drawing, shortened, words

MOST = 10
"""Bars of a picture."""
STEP, BAR = 34, 9
LEAST = 2.0


def columns_picture(result: ComparisonResult) -> Picture | None:
    """Mismatched cells by column, the worst first; None where there are none."""
    counts = sorted(result.mismatch_by_column.items(), key=lambda item: (-item[1], item[0]))
    return _bars("columns", "Mismatched cells by column", [(name, count, "") for name, count in counts])


def patterns_picture(result: ComparisonResult) -> Picture | None:
    """Mismatched cells by column and pattern; None where no cell shows one."""
    counts = []
    for column, patterns in result.patterns.items():
        counts += [(column, count, name.replace("_", " ")) for name, count in patterns.items()]
        unknown = result.mismatch_by_column.get(column, 0) - sum(patterns.values())
        counts += [(column, unknown, "no pattern")] if unknown > 0 else []
    counts.sort(key=lambda item: (-item[1], item[0], item[2]))
    return _bars("patterns", "Kinds of difference", counts)


def _bars(name: str, title: str, counts: list[tuple[str, int, str]]) -> Picture | None:
    if not counts:
        return None
    largest = counts[0][1]
    shapes, said = [], []
    for at, (column, count, kind) in enumerate(counts[:MOST]):
        y = at * STEP
        shapes += _bar(y, (WIDTH - 2) * count / largest, shortened(column, 20 if kind else 40), kind)
        shapes.append(words(f"{count:,}", WIDTH, y + 13, anchor="end", look="figure"))
        said.append(f"{shortened(column)}{f' ({kind})' if kind else ''}: {count:,}")
    left = len(counts) - MOST
    description = "; ".join(said) + (f"; and {left:,} more" if left > 0 else "") + "."
    return Picture(
        name=name,
        title=title,
        description=description,
        svg=drawing(name, title, description, min(len(counts), MOST) * STEP - 8, shapes),
        note=f"The {MOST} largest of {len(counts):,}." if left > 0 else "",
    )


def _bar(y: float, width: float, column: str, kind: str) -> list[str]:
    label = f"{column} · {kind}" if kind else column
    return [
        words(label, 0, y + 13),
        box("track", 0, y + 18, WIDTH, BAR - 1),
        box("fill mismatched", 0, y + 18, max(width, LEAST), BAR - 1),
    ]

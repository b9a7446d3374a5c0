"""How the rows fell, as one bar."""

from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.report.pictures.svg import WIDTH, Picture, box, drawing

HEIGHT = 14
LEAST = 3.0
"""Width of the smallest part: one row of a million must be seen, too."""


def fall_picture(result: ComparisonResult) -> Picture | None:
    """Matched, mismatched, source-only and target-only rows in one bar; None where there is no row."""
    counts = result.counts
    parts = [
        ("matched", counts.matched),
        ("mismatched", counts.mismatched),
        ("source-only", counts.source_only),
        ("target-only", counts.target_only),
    ]
    parts = [(name, count) for name, count in parts if count]
    if not parts:
        return None
    rows = sum(count for _, count in parts)
    title = "How the rows fell"
    description = ", ".join(f"{count:,} {name}" for name, count in parts)
    widths = _widths([count / rows for _, count in parts])
    shapes, at = [], 0.0
    for (name, _), width in zip(parts, widths, strict=True):
        shapes.append(box(f"fill {name}", at, 0, width, HEIGHT))
        at += width
    return Picture(
        name="fall",
        title=title,
        description=f"{description}.",
        svg=drawing("fall", title, f"{description}.", HEIGHT, shapes),
    )


def _widths(shares: list[float]) -> list[float]:
    """Widths by share, none too small to be seen; together they are the whole width."""
    small = [share * WIDTH < LEAST for share in shares]
    left = WIDTH - LEAST * sum(small)
    large = sum(share for share, is_small in zip(shares, small, strict=True) if not is_small)
    return [
        LEAST if is_small else left * share / large for share, is_small in zip(shares, small, strict=True)
    ]

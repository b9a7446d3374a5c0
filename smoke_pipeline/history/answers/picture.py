"""A trend as a picture: an SVG that needs nothing beside itself, and a page with the figures under it.

Whoever cannot see colours is told by shapes, whoever cannot see the picture by its title and description, and
by the table of the page.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape

from smoke_pipeline.history.answers.records import TrendPoint

WIDTH, HEIGHT = 760, 400
LEFT, RIGHT = 60, 740
SCORES, SECONDS = (50, 200), (260, 350)
"""Top and bottom of the two parts."""
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1a1a1a }
text.head { font-weight: 600 }
.grid { stroke: #c8c8c8; stroke-width: 1 }
.line { fill: none; stroke: #555; stroke-width: 1.5 }
.passed { fill: #1b6e3c } .failed { fill: #b3261e } .unproven { fill: #8a5a00 } .sums { fill: #3a4a6b }
.bar { fill: #6b7a99 }
svg { background: #fff }
"""
PAGE_STYLE = """
body { font: 15px system-ui, sans-serif; color: #1a1a1a; background: #fff }
body { margin: 2rem auto; max-width: 60rem }
svg { max-width: 100%; height: auto }
table { border-collapse: collapse } th, td { padding: .25rem .75rem; border-bottom: 1px solid #c8c8c8 }
th { text-align: left } td.number { text-align: right; font-variant-numeric: tabular-nums }
"""
HEADER = ("Began", "Session", "Passed", "Failed", "Unproven", "Match score", "Rows", "Differing", "Seconds")


def as_svg(test_name: str, points: Sequence[TrendPoint]) -> str:
    """The picture, as a file of its own."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_svg(test_name, points)}\n'


def as_page(test_name: str, points: Sequence[TrendPoint]) -> str:
    """The picture with the figures in a table under it, as an HTML page."""
    head = "".join(f'<th scope="col">{name}</th>' for name in HEADER)
    rows = "\n".join(f"<tr>{''.join(_cells(point))}</tr>" for point in points)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>Trend of {_text(test_name)}</title>\n<style>{PAGE_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>Trend of {_text(test_name)}</h1>\n{_svg(test_name, points)}\n"
        f"<table>\n<caption>One line a session; days in UTC of deleted sessions as sums.</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</body>\n</html>\n"
    )


def _svg(test_name: str, points: Sequence[TrendPoint]) -> str:
    """The element; the same points give the same bytes."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'aria-labelledby="trend-title trend-words">',
            f'<title id="trend-title">Trend of {_text(test_name)}</title>',
            f'<desc id="trend-words">{_text(_in_words(points))}</desc>',
            f"<style>{STYLE}</style>",
            *_scores(points),
            *_seconds(points),
            *_legend(),
            "</svg>",
        ]
    )


def _in_words(points: Sequence[TrendPoint]) -> str:
    """What a reader who does not see the picture should know."""
    judged = [point for point in points if point.match_score is not None]
    if not judged:
        return "No session of this test has a verdict."
    scores = [point.match_score or 0.0 for point in judged]
    lowest = min(judged, key=lambda point: point.match_score or 0.0)
    return (
        f"Match scores from {judged[0].at:%Y-%m-%d} to {judged[-1].at:%Y-%m-%d}: first {shown(scores[0])}, "
        f"last {shown(scores[-1])}, lowest {shown(min(scores))} on {lowest.at:%Y-%m-%d}. "
        f"{sum(p.passed for p in points)} passed, {sum(p.failed for p in points)} failed, "
        f"{sum(p.unproven for p in points)} unproven."
    )


def shown(score: float) -> str:
    """A match score; `100.00` only where nothing differs."""
    return "100.00" if score == 100 else f"{min(score, 99.99):.2f}"


def _scores(points: Sequence[TrendPoint]) -> Iterator[str]:
    """The upper part: a line from score to score, and a mark for each."""
    yield f'<text class="head" x="{LEFT}" y="{SCORES[0] - 18}">Match score</text>'
    lowest = min((point.match_score for point in points if point.match_score is not None), default=0.0)
    low = 0.0 if lowest < 50 else 50.0 if lowest < 90 else 90.0
    for score in (low, (low + 100) / 2, 100.0):
        yield from _grid_line(_height(score, low, 100.0, SCORES), f"{score:g}")
    judged = [
        (x, _height(point.match_score, low, 100.0, SCORES), point)
        for x, point in _placed(points)
        if point.match_score is not None
    ]
    if len(judged) > 1:
        way = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in judged)
        yield f'<polyline class="line" points="{way}"/>'
    for x, y, point in judged:
        yield _mark(x, y, point)


def _seconds(points: Sequence[TrendPoint]) -> Iterator[str]:
    """The lower part: a bar for the seconds of each."""
    yield f'<text class="head" x="{LEFT}" y="{SECONDS[0] - 18}">Seconds a comparison</text>'
    most = max((_seconds_each(point) for point in points), default=0.0) or 1.0
    for value in (0.0, most):
        yield from _grid_line(_height(value, 0.0, most, SECONDS), f"{value:.3g}")
    wide = max(1.0, min(24.0, (RIGHT - LEFT) / max(1, len(points)) * 0.6))
    for x, point in _placed(points):
        top = _height(_seconds_each(point), 0.0, most, SECONDS)
        yield (
            f'<rect class="bar" x="{x - wide / 2:.1f}" y="{top:.1f}" width="{wide:.1f}" '
            f'height="{SECONDS[1] - top:.1f}"><title>{_text(_label(point))}</title></rect>'
        )
    for x, point in (_placed(points)[0], _placed(points)[-1]) if points else ():
        anchor = "start" if x < WIDTH / 2 else "end"
        yield f'<text x="{x:.1f}" y="{SECONDS[1] + 18}" text-anchor="{anchor}">{point.at:%Y-%m-%d}</text>'


def _legend() -> Iterator[str]:
    for place, name in enumerate(("passed", "failed", "unproven", "sums")):
        x = LEFT + 110 * place
        yield _shape(name, x + 6, HEIGHT - 14)
        words = "day's sums" if name == "sums" else name
        yield f'<text x="{x + 18}" y="{HEIGHT - 10}">{words}</text>'


def _grid_line(y: float, label: str) -> Iterator[str]:
    yield f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{RIGHT}" y2="{y:.1f}"/>'
    yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'


def _mark(x: float, y: float, point: TrendPoint) -> str:
    if point.session_id is None:
        kind = "sums"
    else:
        kind = "passed" if point.passed else "failed" if point.failed else "unproven"
    return f"<g><title>{_text(_label(point))}</title>{_shape(kind, x, y)}</g>"


def _shape(kind: str, x: float, y: float) -> str:
    """A circle passed, a cross failed, a triangle is unproven, a square is a day's sums."""
    if kind == "passed":
        return f'<circle class="passed" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
    if kind == "failed":
        arms = "-5,-3 -3,-5 0,-2 3,-5 5,-3 2,0 5,3 3,5 0,2 -3,5 -5,3 -2,0"
        return f'<polygon class="failed" points="{arms}" transform="translate({x:.1f} {y:.1f})"/>'
    if kind == "unproven":
        return f'<polygon class="unproven" points="0,-6 5,4 -5,4" transform="translate({x:.1f} {y:.1f})"/>'
    return f'<rect class="sums" x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"/>'


def _label(point: TrendPoint) -> str:
    who = point.session_id or f"{point.sessions} deleted sessions"
    score = "no verdict" if point.match_score is None else f"match score {shown(point.match_score)}"
    moment = f"{point.at:%Y-%m-%d %H:%M}" if point.session_id else f"{point.at:%Y-%m-%d}"
    return f"{moment}, {who}: {score}, {point.rows:,} rows, {point.seconds:.1f} s"


def _cells(point: TrendPoint) -> Iterator[str]:
    moment = f"{point.at:%Y-%m-%d %H:%M}" if point.session_id else f"{point.at:%Y-%m-%d}"
    yield f"<td>{moment}</td>"
    yield f"<td>{_text(point.session_id or f'{point.sessions:,} deleted')}</td>"
    score = "" if point.match_score is None else shown(point.match_score)
    counts = (point.passed, point.failed, point.unproven)
    numbers = (
        *map(str, counts),
        score,
        f"{point.rows:,}",
        f"{point.rows_differing:,}",
        f"{point.seconds:.1f}",
    )
    for number in numbers:
        yield f'<td class="number">{number}</td>'


def _placed(points: Sequence[TrendPoint]) -> list[tuple[float, TrendPoint]]:
    """Where each point lies from left to right, by its time."""
    if not points:
        return []
    first, last = points[0].at, points[-1].at
    return [(_across(point.at, first, last), point) for point in points]


def _across(at: datetime, first: datetime, last: datetime) -> float:
    span = (last - first).total_seconds()
    inner_left, inner_right = LEFT + 14, RIGHT - 14
    if not span:
        return (inner_left + inner_right) / 2
    return inner_left + (inner_right - inner_left) * (at - first).total_seconds() / span


def _height(value: float, low: float, high: float, part: tuple[int, int]) -> float:
    top, bottom = part
    return bottom - (bottom - top) * (value - low) / (high - low)


def _seconds_each(point: TrendPoint) -> float:
    judged = point.passed + point.failed + point.unproven
    return point.seconds / judged if judged else 0.0


def _text(text: str) -> str:
    """The text for XML and HTML; characters that XML cannot hold become a mark."""
    allowed = "".join(letter if _is_xml(letter) else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return escape(allowed)


def _is_xml(letter: str) -> bool:
    return (
        letter in "\t\n\r"
        or "\x20" <= letter <= "\ud7ff"
        or "\ue000" <= letter <= "\ufffd"
        or letter > "\uffff"
    )

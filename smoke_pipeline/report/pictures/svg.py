"""The strokes that pictures are made of."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from smoke_pipeline.report.visible import on_one_line

WIDTH = 440
"""Units across; about what a telephone has, so that letters stay legible there."""
LONGEST_LABEL = 34


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture with what it is called, what it shows in words, and what should be known when looking."""

    name: str
    title: str
    description: str
    svg: str
    note: str = ""


def drawing(name: str, title: str, description: str, height: float, shapes: Iterable[str]) -> str:
    """The whole of a picture; who cannot see it hears its title and its description."""
    return (
        f'<svg class="picture" role="img" viewBox="0 0 {WIDTH} {_number(height)}" '
        f'aria-labelledby="picture-{name} picture-{name}-words">'
        f'<title id="picture-{name}">{text_of(title)}</title>'
        f'<desc id="picture-{name}-words">{text_of(description)}</desc>{"".join(shapes)}</svg>'
    )


def box(look: str, x: float, y: float, width: float, height: float) -> str:
    """A filled box; `look` says with what."""
    return (
        f'<rect class="{look}" x="{_number(x)}" y="{_number(y)}" width="{_number(width)}" '
        f'height="{_number(height)}"/>'
    )


def line(look: str, x1: float, y1: float, x2: float, y2: float) -> str:
    """A straight line."""
    return (
        f'<line class="{look}" x1="{_number(x1)}" y1="{_number(y1)}" x2="{_number(x2)}" y2="{_number(y2)}"/>'
    )


def words(text: str, x: float, y: float, *, anchor: str = "start", look: str = "label") -> str:
    """A line of text that starts, has its middle, or ends at `x`."""
    place = f'x="{_number(x)}" y="{_number(y)}" text-anchor="{anchor}"'
    return f'<text class="{look}" {place}>{text_of(text)}</text>'


def shortened(text: str, longest: int = LONGEST_LABEL) -> str:
    """A label that has room; a longer one loses its middle, since names often differ at the end."""
    shown = on_one_line(text) or '""'
    if len(shown) <= longest:
        return shown
    end = longest // 3
    return f"{shown[: longest - end - 1]}…{shown[-end:]}"


def text_of(text: str) -> str:
    """A text as markup can hold it."""
    return escape(on_one_line(text))


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")

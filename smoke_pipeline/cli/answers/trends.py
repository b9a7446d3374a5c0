"""`smoke trends`: how a test went over time, in words and as a picture."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from smoke_pipeline.cli.answers.history import shown_average
from smoke_pipeline.cli.answers.opening import open_asking
from smoke_pipeline.cli.answers.tables import aligned, print_csv, print_json, table_format
from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.history.answers.picture import as_page, as_svg
from smoke_pipeline.history.answers.records import TrendPoint
from smoke_pipeline.history.answers.trends import known_tests, no_such_test, trend
from smoke_pipeline.readers.disk import replacing, storage_errors

CSV_HEADER = tuple(TrendPoint.__dataclass_fields__)
Draw = Callable[[str, Sequence[TrendPoint]], str]
PICTURES: Mapping[str, Draw] = {".svg": as_svg, ".html": as_page}
BAR = 20
"""The longest bar, in characters."""


@click.command()
@click.argument("test_name", metavar="TEST")
@click.option("--out", type=click.Path(path_type=Path), help="Draw it: a .svg, or a .html with the figures.")
@click.option("--client", "client_id", metavar="NAME", help="Sessions of one client.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="Points at most.")
@table_format
def trends(test_name: str, out: Path | None, client_id: str | None, limit: int, form: str) -> None:
    """Tell how a test went over time: score, rows and seconds of each session.

    A day whose sessions were deleted is one line with their sums.
    """
    draw = _picture_of(out)
    with open_asking() as asking:
        whose = asking.whose(client_id)
        points = trend(asking.database, test_name, limit=limit, client_id=whose)
        if not points:
            raise no_such_test(test_name, known_tests(asking.database, client_id=whose))
    if out is not None and draw is not None:
        with storage_errors(out), replacing(out) as unfinished:
            unfinished.write_text(draw(test_name, points), encoding="utf-8")
    if form == "json":
        told = {"test_name": test_name, "points": [asdict(point) for point in points]}
        print_json(told | {"picture": str(out.absolute()) if out else None})
    elif form == "csv":
        print_csv([asdict(point) for point in points], CSV_HEADER)
    else:
        for line in _lines(points):
            click.echo(line)
        if out is not None:
            click.echo(f"\npicture  {out.absolute()}")


def _picture_of(out: Path | None) -> Draw | None:
    if out is None:
        return None
    if out.suffix.lower() not in PICTURES:
        raise InvalidOptionError(
            f"--out {str(out)!r} names neither a picture nor a page.", ("Let it end in .svg or .html.",)
        )
    return PICTURES[out.suffix.lower()]


def _lines(points: Sequence[TrendPoint]) -> list[str]:
    header = ("began", "session", "verdict", "score", "", "rows", "differing", "seconds")
    rows = [
        (
            f"{point.at:%Y-%m-%d %H:%M}" if point.session_id else f"{point.at:%Y-%m-%d}",
            point.session_id or f"{point.sessions:,} deleted",
            verdict_of(point),
            shown_average(point.match_score) if point.match_score is not None else "",
            _bar(point.match_score),
            f"{point.rows:,}",
            f"{point.rows_differing:,}",
            f"{point.seconds:,.1f}",
        )
        for point in points
    ]
    return aligned([header, *rows], right=frozenset({3, 5, 6, 7}))


def verdict_of(point: TrendPoint) -> str:
    """The verdict of a session, or how many of a day's had which."""
    counts = {"passed": point.passed, "failed": point.failed, "unproven": point.unproven}
    if point.session_id is not None:
        return next((name for name, count in counts.items() if count), "none")
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "none"


def _bar(score: float | None) -> str:
    if score is None:
        return ""
    return "#" * int(score * BAR / 100)

"""`report.html`: one page that needs nothing beside itself, and the one door to Jinja.

Every text of the data is escaped by Jinja, and the page's own policy lets no script run but the one it
brings.
"""

import base64
import hashlib
from collections import ChainMap
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TextIO

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.report import view, why
from smoke_pipeline.report.details import details_of
from smoke_pipeline.report.in_flight import recheck_rows, recheck_sentence
from smoke_pipeline.report.pictures.bars import columns_picture, patterns_picture
from smoke_pipeline.report.pictures.changes import changes_pictures
from smoke_pipeline.report.pictures.fall import fall_picture
from smoke_pipeline.report.pictures.past import PastScore, past_picture
from smoke_pipeline.report.pictures.places import places_picture
from smoke_pipeline.report.pictures.svg import Picture
from smoke_pipeline.report.summary import rating, shown_score
from smoke_pipeline.report.texts.value import pieces_of
from smoke_pipeline.report.words.advice import advice_on
from smoke_pipeline.report.words.sentence import main_sentence
from smoke_pipeline.settings.model import ReportSettings
from smoke_pipeline.settings.paths import project_file
from smoke_pipeline.snapshots.left_out import notes_on

TEMPLATE = "report.html.j2"


def write_page(
    result: ComparisonResult, file: TextIO, settings: ReportSettings, *, history: Sequence[PastScore] = ()
) -> None:
    """Write the page piece by piece.

    Args:
        result: What the comparison found.
        file: Open for text as UTF-8.
        settings: How much is shown, and from which scores on which rating is given.
        history: How this test went before, this time included.
    """
    told = (_verdict(result, settings), _facts(result, settings), _pictures(result, history), _own(_folder()))
    file.writelines(_writable(page_template().generate(ChainMap(*told))))


@cache
def page_template() -> Template:
    """The page without its facts; made once, for it takes longer to be read than to be filled."""
    environment = Environment(
        loader=FileSystemLoader(_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["pieces"] = pieces_of
    return environment.get_template(TEMPLATE)


def _folder() -> Path:
    return project_file(f"templates/{TEMPLATE}").parent


def _verdict(result: ComparisonResult, settings: ReportSettings) -> dict[str, Any]:
    return {
        "result": result,
        "settings": settings,
        "score": shown_score(result.counts),
        "rating": rating(result, settings),
        "sentence": main_sentence(result),
        "advice": advice_on(result),
        "recheck": recheck_rows(result),
        "recheck_words": recheck_sentence(result),
    }


def _facts(result: ComparisonResult, settings: ReportSettings) -> dict[str, Any]:
    details = details_of(result, settings)
    return {
        "notes": notes_on(result.source, result.target),
        "sides": [(manifest, view.side_facts(manifest)) for manifest in (result.source, result.target)],
        "columns": view.columns_of(result),
        "reasons": why.reasons_of(result, details.examples),
        "rules": why.rules_used(result),
        "engine": [*why.engine_facts(result)],
        "groups": [*view.groups_of(result, settings)],
        "details": details,
        "data": Markup(details.json),  # noqa: S704  what could end the script's element is escaped
        "places": {name: place for place, name in enumerate(details.columns)},
        "pattern_places": {name: place for place, name in enumerate(details.patterns)},
    }


def _pictures(result: ComparisonResult, history: Sequence[PastScore]) -> dict[str, Any]:
    found = [
        columns_picture(result),
        patterns_picture(result),
        places_picture(result),
        *changes_pictures(result),
        past_picture(history, float(result.threshold)),
    ]
    fall = fall_picture(result)
    return {
        "fall": _markup(fall) if fall else None,
        "pictures": [(picture, _markup(picture)) for picture in found if picture],
    }


def _own(templates: Path) -> dict[str, Any]:
    """The page's script and style with the digests by which its policy knows them."""
    script = (templates / "report.js").read_text(encoding="utf-8")
    style = (templates / "report.css").read_text(encoding="utf-8")
    return {
        "script": Markup(script),  # noqa: S704  our own file, with no data in it
        "script_digest": _digest(script),
        "style": Markup(style),  # noqa: S704  our own file, with no data in it
        "style_digest": _digest(style),
    }


def _markup(picture: Picture) -> Markup:
    return Markup(picture.svg)  # noqa: S704  every text in it was escaped when it was drawn


def _writable(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces without what UTF-8 cannot hold; of the data such a character is shown by its name."""
    for piece in pieces:
        yield piece.encode("utf-8", "replace").decode("utf-8")


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

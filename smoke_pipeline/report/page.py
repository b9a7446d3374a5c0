"""`report.html`: one page that needs nothing beside itself, and the one door to Jinja.

Every text of the data is escaped by Jinja, and the page's own policy lets no script run but the one it
brings.
"""

import base64
import hashlib
from typing import TextIO

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from smoke_pipeline.comparison.result import ComparisonResult
from smoke_pipeline.report import view
from smoke_pipeline.report.explanation import explanation_lines
from smoke_pipeline.report.in_flight import recheck_rows, recheck_sentence
from smoke_pipeline.report.summary import rating, shown_score
from smoke_pipeline.settings.model import ReportSettings
from smoke_pipeline.settings.paths import project_file

TEMPLATE = "report.html.j2"


def write_page(result: ComparisonResult, file: TextIO, settings: ReportSettings) -> None:
    """Write the page piece by piece."""
    templates = project_file(f"templates/{TEMPLATE}").parent
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = (templates / "report.js").read_text(encoding="utf-8")
    style = (templates / "report.css").read_text(encoding="utf-8")
    pieces = environment.get_template(TEMPLATE).generate(
        result=result,
        settings=settings,
        score=shown_score(result.counts),
        rating=rating(result, settings),
        sides=[(manifest, view.side_facts(manifest)) for manifest in (result.source, result.target)],
        columns=view.columns_of(result),
        explanation=explanation_lines(result),
        recheck=recheck_rows(result),
        recheck_words=recheck_sentence(result),
        groups=view.groups_of(result, settings),
        rows=view.rows_of(result, settings),
        script=Markup(script),  # noqa: S704  our own file, with no data in it
        script_digest=_digest(script),
        style=Markup(style),  # noqa: S704  our own file, with no data in it
        style_digest=_digest(style),
    )
    file.writelines(pieces)


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

"""The formats of the report by name; a new one is a module beside this, and a line here."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from smoke_pipeline.errors import InvalidOptionError
from smoke_pipeline.report.formats.as_csv import CSV
from smoke_pipeline.report.formats.as_html import HTML
from smoke_pipeline.report.formats.as_json import JSON
from smoke_pipeline.report.formats.as_junit import JUNIT
from smoke_pipeline.report.formats.as_markdown import MARKDOWN
from smoke_pipeline.report.formats.as_parquet import PARQUET
from smoke_pipeline.report.formats.as_repair import REPAIR
from smoke_pipeline.report.formats.base import Format

FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        HTML,
        CSV,
        JSON,
        MARKDOWN,
        JUNIT,
        PARQUET,
        REPAIR,
    )
}


def chosen_formats(names: Iterable[str]) -> Sequence[Format]:
    """The formats of these names, in the order of the registry, each once.

    Raises:
        InvalidOptionError: There is none of a name, or none is named.
    """
    wanted = {*names}
    for name in sorted(wanted - {*FORMATS}):
        near = get_close_matches(name, FORMATS, n=1)
        raise InvalidOptionError(
            f"There is no report format {name!r}.",
            suggestions=(
                *(f"Did you mean {one!r}?" for one in near),
                f"The formats are {', '.join(FORMATS)}.",
            ),
            context={"format": name},
        )
    if not wanted:
        raise InvalidOptionError(
            "A report needs at least one format.", (f"The formats are {', '.join(FORMATS)}.",)
        )
    return [one for name, one in FORMATS.items() if name in wanted]

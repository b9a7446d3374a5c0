"""The words of a notice, out of a template whose first line is the subject."""

from dataclasses import dataclass
from pathlib import Path
from string import Template

from smoke_pipeline.errors import SettingsError
from smoke_pipeline.settings.paths import project_file
from smoke_pipeline.smoke_test.notices.notice import Notice, Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A notice as people read it."""

    subject: str
    body: str


def words_of(notice: Notice, folder: Path | None) -> Words:
    """The notice in words.

    Args:
        notice: What is told.
        folder: Holds templates that replace the shipped ones.

    Raises:
        SettingsError: A template cannot be read, or names what no notice has.
    """
    name = f"{Why.RECOVERED if notice.why is Why.PASSED else notice.why}.txt"
    file = _template(name, folder)
    try:
        text = Template(file.read_text("utf-8")).substitute(notice.facts)
    except (OSError, UnicodeDecodeError, KeyError, ValueError) as error:
        known = ", ".join(f"${fact}" for fact in notice.facts)
        raise SettingsError(f"The template {file} cannot be used.", (f"It may name: {known}.",)) from error
    subject, _, body = text.strip().partition("\n")
    return Words(subject=subject, body=body)


def _template(name: str, folder: Path | None) -> Path:
    own = folder / name if folder else None
    return own if own is not None and own.is_file() else project_file(f"templates/notices/{name}")

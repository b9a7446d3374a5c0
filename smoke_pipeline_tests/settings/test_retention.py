"""Spans as people write them."""

import json
import re
from datetime import timedelta

import pytest

from smoke_pipeline.errors import SettingsError
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.settings.sections.retention import words_of


def uploads(text):
    return load_settings(environ={"SMOKE_RETENTION__UPLOADS": text}).retention.uploads


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("7 days", timedelta(days=7)),
        ("1 day", timedelta(days=1)),
        (" 36 hours ", timedelta(hours=36)),
        ("1 hour", timedelta(hours=1)),
        ("7d", timedelta(days=7)),
        ("12h", timedelta(hours=12)),
        ("0 days", timedelta(0)),
    ],
)
def test_a_span_is_days_or_hours(text, span):
    assert uploads(text) == span


@pytest.mark.parametrize(
    "text", ["7", "7 weeks", "-1 days", "7 days 3 hours", "1.5 days", "P7D", "\u0667 days", "999999 days"]
)
def test_anything_else_is_refused_with_an_example(text):
    with pytest.raises(SettingsError, match="write a span such as 7 days or 12 hours"):
        uploads(text)


def test_null_keeps_for_good(tmp_path):
    (tmp_path / "mine.yaml").write_text("retention: {completed: null, archived: 365 days}")

    found = load_settings(tmp_path / "mine.yaml", environ={}).retention

    assert (found.completed, found.archived) == (None, timedelta(days=365))


def test_the_defaults_are_those_that_are_told():
    found = load_settings(environ={}).retention

    told = {name: span and words_of(span) for name, span in found}
    assert told == {
        "expire_after": "7 days",
        "uploads": "7 days",
        "completed": "30 days",
        "closed": "30 days",
        "archived": None,
        "temporary": "1 day",
    }


def test_the_schema_for_editors_accepts_what_it_shows_as_default():
    fields = Settings.model_json_schema()["$defs"]["RetentionSettings"]["properties"]

    for field in fields.values():
        pattern = field["anyOf"][0]["pattern"]
        assert field["default"] is None or re.fullmatch(pattern, field["default"])
    assert json.loads(Settings().model_dump_json())["retention"]["uploads"] == "7 days"

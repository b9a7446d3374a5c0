"""Nothing that looks like a secret, or like a row of data, is published."""

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from smoke_pipeline.history.access.secrets import new_secret
from smoke_pipeline.launcher.feedback.redaction import redacted

LETTERS = string.ascii_letters + string.digits
words = st.text(string.ascii_letters + " .,\n", max_size=60)


def of(alphabet: str, size: int) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=size, max_size=size)


passwords = st.text(LETTERS + "!$%^*()-+", min_size=8, max_size=30).filter(lambda one: one.strip(".,;"))
SECRETS = st.one_of(
    st.builds(lambda: new_secret().text).map(lambda one: (one, one)),
    of(LETTERS, 36).map(lambda one: (f"ghp_{one}", one)),
    of(LETTERS + "_", 60).map(lambda one: (f"github_pat_{one}", one)),
    of(string.ascii_uppercase + string.digits, 16).map(lambda one: (f"AKIA{one}", one)),
    passwords.map(lambda one: (f"postgresql://smoke:{one}@db.example/x", one)),
    passwords.map(lambda one: (f"password: {one}", one)),
    passwords.map(lambda one: (f'"secret_key" = "{one}"', one)),
    of(LETTERS, 40).map(lambda one: (f"Authorization: Bearer {one}", one)),
    of(string.hexdigits.lower()[:16], 64).map(lambda one: (one, one)),
    st.tuples(of(LETTERS, 20), of(LETTERS, 20)).map(lambda two: (f"eyJ{two[0]}.{two[1]}", two[1])),
)


@given(before=words, secret=SECRETS, after=words)
def test_a_secret_is_taken_out_wherever_it_stands(before, secret, after):
    text, hidden = secret
    assume(hidden not in before + after)

    found = redacted(f"{before} {text} {after}")

    assert hidden not in found.text
    assert found.places >= 1


@given(words)
def test_plain_words_stay_as_they_are(text):
    assert redacted(text).text == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            '{"kind": "mismatched", "key": ["4711"], "differs": {"a": {"source": "x1", "target": "x2"}}}',
            "4711",
        ),
        ('{"source": "Smith, \\"Jo\\"", "target": null}', "Smith"),
        ('"row": {"name": "Smith", "city": {"x": "Rome"}}', "Rome"),
        ("write to jo.smith@example.com", "jo.smith"),
        ("account DE89 3704 0044 0532 0130 00", "3704"),
        ("card 4111 1111 1111 1111", "1111"),
        ("contract 1234567890", "1234567890"),
        ("http://x/report?sig=abc123def", "abc123def"),
        ("-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----", "abc"),
    ],
)
def test_values_of_data_are_taken_out(text, value):
    assert value in text
    assert value not in redacted(text).text


@pytest.mark.parametrize(
    "text",
    [
        "compare_csv_files failed with KeyColumnMissingError on 2026-02-04 09:30 in stmt_20260204_093000.",
        "Match score 98.89 (threshold 95): 30,004 matched rows, version 0.1.0, https://example.com/docs#top",
    ],
)
def test_what_helps_to_find_the_fault_stays(text):
    assert redacted(text).text == text

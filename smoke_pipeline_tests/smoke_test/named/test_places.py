"""Places in texts: what is put there is a value and nothing else."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from smoke_pipeline.errors import InvalidOptionError, QueryRefusedError
from smoke_pipeline.readers.tables.guard import guarded
from smoke_pipeline.readers.tables.guard_words import WORDS, tokens_of
from smoke_pipeline.smoke_test.named.places import filled_part, filled_sql, filled_text, names_in

KINDS = sorted(WORDS)
spiteful = st.text(alphabet="a1'\"`\\;-/*$%:?@(){} |\u2019", max_size=12)


def test_a_text_is_filled_and_doubled_braces_are_braces():
    assert filled_text("{a}-{b}-{a} {{c}}", {"a": "1", "b": "{a}"}) == "1-{a}-1 {c}"
    assert names_in("{a}-{b}-{a}") == ("a", "b")


@pytest.mark.parametrize("text", ["{", "}", "{}", "{0}", "{a.b}", "{a!r}", "{a:>9}", "{a[0]}", "{a b}"])
def test_a_brace_that_holds_no_name_is_refused(text):
    with pytest.raises(InvalidOptionError, match="brace"):
        names_in(text)


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_in_a_condition_is_a_quoted_text(kind):
    sql = filled_sql("id = {n} AND name <> {m}", {"n": "12", "m": "O'Brien"}, kind, is_query=False)

    assert sql == "id = '12' AND name <> 'O''Brien'"
    columns = ["ID", "NAME"] if kind == "oracle" else ["id", "name"]
    assert guarded(sql, dialect=kind, columns=columns).values == ("12", "O'Brien")


@pytest.mark.parametrize(
    "text",
    ["id = '{n}'", "id = 'a{n}b'", 'id = "{n}"', "id = `{n}`", "id = 'a'{n}", "id = {n}'a'", "id = {n}{n}"],
)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", ["1", " OR 1=1 OR 'a'='", "' OR '1'='1", "''", ""])
def test_a_place_within_a_text_or_a_name_is_refused_whatever_the_value(text, kind, value):
    with pytest.raises((InvalidOptionError, QueryRefusedError)):
        filled_sql(text, {"n": value}, kind, is_query=False)


@given(value=spiteful, kind=st.sampled_from(KINDS), is_query=st.booleans())
def test_no_value_changes_a_word_of_the_sql(value, kind, is_query):
    text = "SELECT a FROM t WHERE id = {n} AND b < 3" if is_query else "id = {n} AND b < 3"
    try:
        sql = filled_sql(text, {"n": value}, kind, is_query=is_query)
    except QueryRefusedError:
        assert "\\" in value  # of a backslash no two servers think the same
        return

    read = tokens_of(sql, kind, is_query=is_query)
    plain = tokens_of(text.format(n="'x'"), kind, is_query=is_query)
    assert [token.value if token.kind == "text" else None for token in read].count(value) == 1
    assert [(t.kind, t.text) for t in read if t.kind != "text"] == [
        (t.kind, t.text) for t in plain if t.kind != "text"
    ]


@given(before=spiteful, after=spiteful, value=spiteful, kind=st.sampled_from(KINDS))
def test_whatever_stands_around_a_place_a_value_is_one_text_or_nothing(before, after, value, kind):
    text = f"{before.replace('{', '').replace('}', '')}{{n}}{after.replace('{', '').replace('}', '')}"
    assume(text.strip())
    try:
        sql = filled_sql(text, {"n": value}, kind, is_query=False)
    except (InvalidOptionError, QueryRefusedError):
        return

    place = len(text.split("{n}", maxsplit=1)[0])
    (found,) = [token for token in tokens_of(sql, kind, is_query=False) if token.place == place]
    assert (found.kind, found.value) == ("text", value)


@pytest.mark.parametrize("value", ["../x", "a/b", "a\\b", "..", "", " a", "a "])
def test_a_value_leads_to_no_other_folder(value):
    with pytest.raises(InvalidOptionError, match=r"n is .*cannot be part of a path"):
        filled_part("/data/{n}.csv", {"n": value})


def test_a_value_is_part_of_a_path():
    assert filled_part("/data/{n}.csv", {"n": "2026-01-31"}) == "/data/2026-01-31.csv"

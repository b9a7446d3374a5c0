"""From what a person says of an object to its bucket and key, and no further."""

import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from smoke_pipeline.errors import InvalidOptionError, SettingsError
from smoke_pipeline.readers.storagegrid.keys import Located, key_of, locate, parameters_of
from smoke_pipeline.readers.storagegrid.request import ObjectRequest
from smoke_pipeline.settings.connections import DOCUMENTS, Document, StorageGrid

STATEMENT = {"contract_number": "12345", "payment_date": "2026-02-04", "transform_subtype": "CREDORAX"}
INVOICE = {
    "prefix": "INV",
    "contract_number": "1",
    "partner_contract": "2",
    "currency": "EUR",
    "payment_date": "20260204",
    "transform_subtype": "ADYEN",
    "ext": "csv",
}
GL = {
    "gl_document_type": "GL",
    "financial_institution": "Bank 7",
    "gl_posting_date": "2026-02-04",
    "ext": "zip",
}
FREE = Document(bucket="b", key="x/{one}.{two}.csv")
PART = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=20)


def document(key):
    return Document(bucket="b", key=key)


@pytest.mark.parametrize(
    ("name", "parameters", "located"),
    [
        ("statement", STATEMENT, Located("statements", "statement.12345.2026-02-04.CREDORAX.CSV")),
        ("invoice", INVOICE, Located("invoices", "INV.1.2.EUR.20260204.ADYEN.csv")),
        ("gl", GL, Located("gl", "GL.Bank 7.2026-02-04.zip")),
    ],
)
def test_every_kind_of_object_that_is_known_has_its_key(name, parameters, located):
    assert locate(StorageGrid(), ObjectRequest(document=name, parameters=parameters)) == located


def test_a_bucket_has_the_name_that_the_settings_give_it():
    store = StorageGrid(buckets={"statements": "prod-statements-7", "other": "o"})
    asked = ObjectRequest(document="statement", parameters=STATEMENT)

    assert locate(store, asked).bucket == "prod-statements-7"
    assert locate(store, asked.model_copy(update={"bucket": "other"})).bucket == "o"
    assert locate(store, ObjectRequest(bucket="other", key="a/b.csv")) == Located("o", "a/b.csv")
    assert locate(store, ObjectRequest(bucket="mine", key="k")).address == "s3://mine/k"


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"key": "k"},
        {"bucket": "b"},
        {"key": "k", "bucket": "b", "document": "gl"},
        {"key": "k", "bucket": "b", "parameters": {"a": "b"}},
        {"document": "gl", "region": "x"},
    ],
)
def test_a_request_names_one_object_in_one_way(values):
    with pytest.raises(ValidationError):
        ObjectRequest(**values)


def test_a_kind_that_is_unknown_is_told_with_the_nearest():
    with pytest.raises(InvalidOptionError, match="no kind of object 'statment'") as found:
        locate(StorageGrid(), ObjectRequest(document="statment"))

    assert found.value.suggestions == (
        "Did you mean 'statement'?",
        "There are: statement, invoice, gl.",
    )


def test_a_parameter_that_is_missing_is_named():
    given_ones = {name: value for name, value in STATEMENT.items() if name != "payment_date"}

    for asked in (given_ones, {**given_ones, "payment_date": ""}):
        with pytest.raises(InvalidOptionError, match=r"needs payment_date\.$"):
            key_of(DOCUMENTS["statement"], asked)


def test_a_parameter_that_is_unknown_is_named():
    with pytest.raises(InvalidOptionError, match="has no parameter 'payment'") as found:
        key_of(DOCUMENTS["statement"], {**STATEMENT, "payment": "1"})

    assert "contract_number, payment_date, transform_subtype" in found.value.suggestions[0]


@pytest.mark.parametrize(
    "value",
    ["..", "a/b", "../../etc/passwd", "a\\b", "a..b", " a", "a ", "a\nb", "a\x00", "\u202ea", "\ud800", "/"],
)
def test_what_leads_elsewhere_is_no_part_of_a_key(value):
    with pytest.raises(InvalidOptionError, match="cannot be part of an object key"):
        key_of(FREE, {"one": value, "two": "b"})


@given(one=st.text(min_size=1, max_size=30), two=st.text(min_size=1, max_size=30))
def test_a_parameter_never_adds_a_folder_or_another_parameter(one, two):
    try:
        key = key_of(FREE, {"one": one, "two": two})
    except InvalidOptionError:
        return

    assert key == f"x/{one}.{two}.csv"
    assert key.count("/") == 1
    assert not any(".." in value for value in (one, two))
    assert key.isprintable()


@given(values=st.fixed_dictionaries({"one": PART, "two": PART}))
def test_plain_parameters_are_taken_as_they_are(values):
    assert key_of(FREE, values) == f"x/{values['one']}.{values['two']}.csv"


@given(name=st.sampled_from(["{one}", "{0}", "{one.__class__}", "{two}", "{{", "%s", "${HOME}"]))
def test_a_parameter_is_not_read_as_a_template(name):
    assert key_of(FREE, {"one": name, "two": "b"}) == f"x/{name}.b.csv"


@given(day=st.dates())
def test_a_date_is_written_in_one_of_two_ways(day):
    for written in (day.isoformat(), day.isoformat().replace("-", "")):
        assert written in key_of(DOCUMENTS["statement"], {**STATEMENT, "payment_date": written})


@given(text=st.text(string.digits + "-WT:/.٣", min_size=1, max_size=12))
def test_what_is_no_date_is_refused(text):
    try:
        key_of(DOCUMENTS["statement"], {**STATEMENT, "payment_date": text})
    except InvalidOptionError:
        return

    plain = text.replace("-", "")
    day = date(int(plain[:4]), int(plain[4:6]), int(plain[6:])).isoformat()
    assert text in {day, day.replace("-", "")}


@pytest.mark.parametrize("text", ["2026-02-30", "04.02.2026", "2026-W06-3", "2026W063", "2026-2-4", "today"])
def test_a_date_that_is_none_is_told(text):
    with pytest.raises(InvalidOptionError, match="which is no date"):
        key_of(DOCUMENTS["statement"], {**STATEMENT, "payment_date": text})


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("a.{b", "an open brace"),
        ("a.b}", "an open brace"),
        ("{}", "nothing in braces but names"),
        ("{0}", "nothing in braces but names"),
        ("{a.b}", "nothing in braces but names"),
        ("{a[0]}", "nothing in braces but names"),
        ("{a!r}", "nothing in braces but names"),
        ("{a:>1000000000}", "nothing in braces but names"),
    ],
)
def test_a_key_that_is_made_in_another_way_is_refused(key, message):
    with pytest.raises(SettingsError, match=message):
        key_of(document(key), {"a": "1", "0": "1"})


def test_a_parameter_that_stands_twice_is_asked_for_once():
    assert parameters_of(document("{a}/{b}/{a}")) == ("a", "b")
    assert key_of(document("{a}/{b}/{a}{{}}"), {"a": "1", "b": "2"}) == "1/2/1{}"


@pytest.mark.parametrize(
    ("key", "message"), [("", "has 0"), ("ü" * 513, "has 1026"), ("\ud800", "no text that an object key")]
)
def test_a_key_that_no_store_can_hold_is_refused(key, message):
    with pytest.raises(InvalidOptionError, match=message):
        locate(StorageGrid(), ObjectRequest.model_construct(bucket="b", key=key))


def test_the_longest_key_is_taken():
    assert len(key_of(document("{a}"), {"a": "x" * 1024})) == 1024

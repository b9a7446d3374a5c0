import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.report.words.yaml_text import as_yaml
from smoke_pipeline.settings.load import read_yaml

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
leaves = st.one_of(st.booleans(), st.integers(), texts, st.none(), st.lists(texts, max_size=3))
options = st.dictionaries(
    texts,
    st.recursive(leaves, lambda inner: st.dictionaries(texts, inner, max_size=3)),
    min_size=1,
    max_size=3,
)


def test_an_option_reads_as_people_write_it():
    assert as_yaml({"rules": {"note": {"trim": True}, "betrag 1": {"null_values": ["N/A", "-"]}}}) == (
        'rules:\n  note:\n    trim: true\n  "betrag 1":\n    null_values: ["N/A", "-"]\n'
    )


@pytest.mark.parametrize("name", ["yes", "null", "on", "1e3", "a: b", "# x", "", "=", "\u2028", "é\x00"])
def test_no_name_means_anything_else(name, tmp_path):
    assert read_back({name: {name: name}}, tmp_path) == {name: {name: name}}


@given(options)
def test_what_was_written_is_read_back(tmp_path_factory, given):
    assert read_back(given, tmp_path_factory.mktemp("yaml")) == given


def read_back(given, folder):
    path = folder / "options.yaml"
    path.write_text(as_yaml(given), encoding="utf-8")
    return read_yaml(path)

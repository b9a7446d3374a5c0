import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoke_pipeline.errors import AccessDeniedError, SettingsError
from smoke_pipeline.report.masking.key import FILE_NAME, masker_of
from smoke_pipeline.report.masking.masker import Masker
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import Settings

KEY = b"a key of many characters"
TOKEN = re.compile(r"masked:[0-9a-f]{12}")


def settings(**values) -> Settings:
    return Settings.model_validate(values)


def test_a_masked_value_is_twelve_digits_of_a_keyed_hash():
    masker = Masker(KEY, columns=("card",))

    assert masker.mask("card", "4111") == "masked:" + masker.token("4111").removeprefix("masked:")
    assert TOKEN.fullmatch(masker.mask("card", "4111"))


def test_equal_values_stay_equal_and_others_do_not():
    masker = Masker(KEY, columns=("card", "old_card"))

    assert masker.mask("card", "4111") == masker.mask("old_card", "4111")
    assert masker.mask("card", "4111") != masker.mask("card", "4112")


def test_another_key_gives_other_values():
    assert Masker(KEY, ("c",)).mask("c", "1") != Masker(KEY + b"!", ("c",)).mask("c", "1")


def test_null_stays_null_and_the_empty_text_does_not_stay():
    masker = Masker(KEY, columns=("card",))

    assert masker.mask("card", None) is None
    assert TOKEN.fullmatch(masker.mask("card", ""))


@pytest.mark.parametrize(
    ("pattern", "column", "is_hidden"),
    [
        pytest.param("card", "card", True, id="name"),
        pytest.param("card", "Card", False, id="other case"),
        pytest.param("card", "card_number", False, id="only the beginning"),
        pytest.param("card*", "card_number", True, id="pattern"),
        pytest.param("*_name", "first_name", True, id="end"),
        pytest.param("c?rd", "cord", True, id="one letter"),
        pytest.param("[x]", "[x]", True, id="a name with brackets"),
    ],
)
def test_columns_are_named_or_matched(pattern, column, is_hidden):
    assert Masker(KEY, columns=(pattern,)).hides_column(column) is is_hidden


def test_a_pattern_hides_the_whole_value_in_any_column():
    masker = Masker(KEY, patterns=(r"\b\d{16}\b",))

    assert TOKEN.fullmatch(masker.mask("note", "card 4111111111111111 was used"))
    assert masker.mask("note", "nothing here") == "nothing here"


def test_values_of_one_cell_are_hidden_together():
    masker = Masker(KEY, patterns=(r"\d{16}",))

    assert TOKEN.fullmatch(masker.mask("note", "411111111111111", "4111111111111111"))


def test_a_row_in_json_is_masked_by_column():
    masker = Masker(KEY, columns=("card",))

    assert masker.mask_json_row('{"card":null,"id":"1"}') == '{"card":null,"id":"1"}'
    assert "4111" not in masker.mask_json_row('{"card":"4111","id":"1"}')


@given(st.text(), st.text())
def test_no_text_stops_it(column, value):
    assert TOKEN.fullmatch(Masker(KEY, columns=("*",)).mask(column, value))


def test_half_a_letter_does_not_stop_it():
    assert TOKEN.fullmatch(Masker(KEY, columns=("*",)).mask("c", "\ud800"))


def test_where_nothing_is_masked_there_is_no_masker_and_no_key(tmp_path):
    assert masker_of(settings(), folder=tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    given_settings = settings(masking={"columns": ["card"]})

    one, other = (masker_of(given_settings, folder=tmp_path) for _ in range(2))

    assert one.key == other.key
    assert len(one.key) == 64
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_many_that_make_a_key_at_once_get_the_same(tmp_path):
    given_settings = settings(masking={"columns": ["card"]})

    with ThreadPoolExecutor(8) as threads:
        found = [*threads.map(lambda _: masker_of(given_settings, folder=tmp_path).key, range(40))]

    assert len({*found}) == 1


def test_two_installations_have_keys_of_their_own(tmp_path):
    given_settings = settings(masking={"columns": ["card"]})
    for name in ("one", "other"):
        (tmp_path / name).mkdir()

    keys = {masker_of(given_settings, folder=tmp_path / name).key for name in ("one", "other")}

    assert len(keys) == 2


def test_a_key_of_the_settings_needs_no_file(tmp_path):
    masker = masker_of(settings(masking={"columns": ["card"], "key": "x" * 16}), folder=tmp_path)

    assert masker.key == b"x" * 16
    assert list(tmp_path.iterdir()) == []


def test_a_short_key_is_refused_and_not_told():
    with pytest.raises(SettingsError, match="fewer than 16") as caught:
        masker_of(settings(masking={"columns": ["card"], "key": "geheim"}))

    assert "geheim" not in str(caught.value.to_dict())


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(AccessDeniedError):
        masker_of(settings(masking={"columns": ["card"]}), folder=tmp_path / "file")


def test_a_preset_masks_beside_what_is_masked_anyway(tmp_path):
    given_settings = settings(
        masking={"columns": ["card"], "key": "x" * 16},
        presets={"development": {}, "live": {"masking": {"columns": ["name"], "patterns": [r"\d{16}"]}}},
    )

    masker = masker_of(given_settings, "live")

    assert (masker.columns, masker.patterns) == (("card", "name"), (r"\d{16}",))
    assert masker_of(given_settings).columns == ("card",)


def test_variables_name_columns_with_commas_and_one_pattern():
    found = load_settings(
        environ={"SMOKE_MASKING__COLUMNS": "card, na*", "SMOKE_MASKING__PATTERNS": r"\d{3,4}"}
    ).masking

    assert (found.columns, found.patterns) == (("card", "na*"), (r"\d{3,4}",))


def test_what_is_no_regular_expression_is_refused():
    with pytest.raises(SettingsError, match="no regular expression"):
        load_settings(environ={"SMOKE_MASKING__PATTERNS": "("})


def test_the_key_is_in_no_repr():
    found = settings(masking={"key": "a secret of mine"})

    assert "a secret of mine" not in repr(found)

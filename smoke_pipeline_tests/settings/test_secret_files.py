"""Secrets that lie in files: every secret setting may come that way, and nothing else."""

import traceback

import hypothesis.strategies as st
import pytest
from hypothesis import given

from smoke_pipeline.errors import SettingsError
from smoke_pipeline.settings.load import SECRETS, load_settings
from smoke_pipeline.settings.variables.secret_files import LARGEST_BYTES, SUFFIX, with_secret_files

PRESET = {
    "SMOKE_PRESETS__DEVELOPMENT__MYSQL__W__USER": "u",
    "SMOKE_PRESETS__DEVELOPMENT__MYSQL__W__DATABASE": "d",
}
STORE = "SMOKE_PRESETS__DEVELOPMENT__STORAGEGRID__"
SETTINGS = {
    "SMOKE_POSTGRES_URL": lambda found: found.postgres_url,
    "SMOKE_API_KEY": lambda found: found.api_key,
    "SMOKE_MASKING__KEY": lambda found: found.masking.key,
    "SMOKE_LAUNCHER__SIGNING_KEY": lambda found: found.launcher.signing_key,
    f"{STORE}ACCESS_KEY_ID": lambda found: found.presets["development"].storagegrid.access_key_id,
    f"{STORE}SECRET_ACCESS_KEY": lambda found: found.presets["development"].storagegrid.secret_access_key,
    "SMOKE_PRESETS__DEVELOPMENT__MYSQL__W__PASSWORD": lambda found: (
        found.presets["development"].mysql["w"].password
    ),
}


@pytest.fixture
def secret(tmp_path):
    file = tmp_path / "secret"
    file.write_text("geheim-0123456789abcdef\n", "utf-8")
    return file


@pytest.mark.parametrize("name", list(SETTINGS))
def test_every_secret_may_lie_in_a_file(name, secret):
    settings = load_settings(environ={**PRESET, f"{name}_FILE": str(secret)})

    assert SETTINGS[name](settings).get_secret_value() == "geheim-0123456789abcdef"


def test_no_kind_of_secret_is_forgotten_here():
    assert {name.rpartition("__")[2].removeprefix("SMOKE_") for name in SETTINGS} <= SECRETS


def test_what_is_no_secret_does_not_come_from_a_file(secret):
    with pytest.raises(SettingsError, match="There is no setting 'default_preset_file'"):
        load_settings(environ={"SMOKE_DEFAULT_PRESET_FILE": str(secret)})


def test_a_variable_that_the_file_of_the_settings_refers_to_stays_a_path(tmp_path, secret):
    file = tmp_path / "settings.yaml"
    file.write_text("data_dir: ${SMOKE_DB_PASSWORD_FILE}", "utf-8")

    found = load_settings(file, environ={"SMOKE_DB_PASSWORD_FILE": str(secret)})

    assert found.data_dir == secret


def test_a_secret_that_is_set_twice_is_refused(secret):
    environ = {"SMOKE_POSTGRES_URL": "postgresql://a@b/c", "SMOKE_POSTGRES_URL_FILE": str(secret)}

    with pytest.raises(SettingsError, match="SMOKE_POSTGRES_URL and SMOKE_POSTGRES_URL_FILE are both set"):
        load_settings(environ=environ)


def test_an_empty_variable_names_no_file():
    assert load_settings(environ={"SMOKE_POSTGRES_URL_FILE": ""}).postgres_url is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(None, "cannot be read: No such file", id="no file"),
        pytest.param(b"", "holds no secret", id="empty"),
        pytest.param(b"\n\r\n", "holds no secret", id="a line end alone"),
        pytest.param(b"geheim\xff", "holds no secret", id="not UTF-8"),
        pytest.param(b"geheim\0", "holds no secret", id="a NUL"),
        pytest.param(b"geheim" * LARGEST_BYTES, "too large", id="too large"),
    ],
)
def test_a_file_without_a_secret_is_named_and_not_quoted(tmp_path, content, words):
    file = tmp_path / "given"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(SettingsError, match=words) as caught:
        load_settings(environ={"SMOKE_POSTGRES_URL_FILE": str(file)})

    assert "SMOKE_POSTGRES_URL_FILE" in caught.value.message
    assert "geheim" not in "".join(traceback.format_exception(caught.value))


NAMES = st.sampled_from(["SMOKE_X__PASSWORD", "SMOKE_X__HOST", "SMOKE_PASSWORD", "OTHER_PASSWORD", "PATH"])


@given(st.dictionaries(st.tuples(NAMES, st.sampled_from(["", SUFFIX])).map("".join), st.just("")))
def test_no_variable_appears_that_was_not_there(environ):
    found = with_secret_files(environ, "SMOKE_", frozenset({"PASSWORD"}))

    assert found == {
        name: value
        for name, value in environ.items()
        if not (name.startswith("SMOKE_") and name.endswith("PASSWORD_FILE"))
    }


@pytest.mark.parametrize("name", [name for name in SETTINGS if name != "SMOKE_API_KEY"])
def test_every_secret_for_everybody_may_lie_in_the_folder(name, tmp_path):
    (tmp_path / name.removeprefix("SMOKE_").lower()).write_text("geheim-0123456789abcdef\n")
    (tmp_path / "..data").write_text("what Kubernetes puts there")

    settings = load_settings(environ={**PRESET, "SMOKE_SECRETS_DIR": str(tmp_path)})

    assert SETTINGS[name](settings).get_secret_value() == "geheim-0123456789abcdef"


def test_a_variable_of_its_own_wins_over_the_folder(tmp_path, secret):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "masking__key").write_text("another-0123456789abcdef")

    by_file = load_settings(
        environ={"SMOKE_SECRETS_DIR": str(folder), "SMOKE_MASKING__KEY_FILE": str(secret)}
    )
    by_value = load_settings(environ={"SMOKE_SECRETS_DIR": str(folder), "SMOKE_MASKING__KEY": "k" * 16})

    assert by_file.masking.key.get_secret_value() == "geheim-0123456789abcdef"
    assert by_value.masking.key.get_secret_value() == "k" * 16


@pytest.mark.parametrize("name", ["api_key", "default_preset", "signals__webhok_key", "README"])
def test_a_file_of_the_folder_that_names_no_such_secret_is_refused(name, tmp_path):
    (tmp_path / name).write_text("geheim-0123456789abcdef")

    with pytest.raises(SettingsError, match="is named as no secret setting") as caught:
        load_settings(environ={"SMOKE_SECRETS_DIR": str(tmp_path)})

    assert "geheim" not in "".join(traceback.format_exception(caught.value))


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(SettingsError, match=r"the variable SMOKE_SECRETS_DIR\) cannot be read"):
        load_settings(environ={"SMOKE_SECRETS_DIR": str(tmp_path / "gone")})

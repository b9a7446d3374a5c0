"""The settings: which place wins, what is refused, and that no secret is repeated."""

import traceback
from decimal import Decimal
from pathlib import Path

import pytest

from smoke_pipeline.comparison.spec import ColumnRules
from smoke_pipeline.errors import SettingsError, UnknownPresetError, VariableNotSetError
from smoke_pipeline.settings.load import environment, load_settings
from smoke_pipeline.settings.paths import project_file
from smoke_pipeline.settings.schema import settings_schema


@pytest.fixture
def written(tmp_path):
    def write(text: str) -> Path:
        file = tmp_path / "mine.yaml"
        file.write_text(text, "utf-8")
        return file

    return write


def test_without_a_file_the_shipped_settings_hold():
    settings = load_settings(environ={})

    assert settings.default_preset == "development"
    assert settings.presets["production"].description
    assert settings.comparison.memory == 512 * 1024**2


def test_a_file_names_only_what_differs_from_the_shipped_one(written):
    settings = load_settings(written("presets: {production: {threshold: 99.5}}"), environ={})

    assert settings.presets["production"].threshold == Decimal("99.5")
    assert settings.presets["production"].description
    assert "csv_relaxed" in settings.rulesets


def test_overrides_win_over_variables_over_the_file_over_defaults(written):
    file = written("comparison: {memory: 1MB, max_mismatches: 1, chunk_rows: 1}")
    environ = {"SMOKE_COMPARISON__MEMORY": "2MB", "SMOKE_COMPARISON__MAX_MISMATCHES": "2"}

    found = load_settings(file, environ=environ, overrides={"comparison": {"memory": "3MB"}}).comparison

    assert (found.memory, found.max_mismatches, found.chunk_rows) == (3_000_000, 2, 1)
    assert found.threshold == 100


def test_a_variable_names_the_file(written):
    file = written("default_preset: production")

    assert load_settings(environ={"SMOKE_SETTINGS": str(file)}).default_preset == "production"


def test_an_empty_variable_counts_as_not_set():
    assert load_settings(environ={"SMOKE_POSTGRES_URL": "", "SMOKE_SETTINGS": ""}).postgres_url is None


def test_a_variable_reaches_a_preset_whatever_the_case_of_its_name(written):
    file = written("presets: {Billing: {}}")

    settings = load_settings(file, environ={"SMOKE_PRESETS__BILLING__DESCRIPTION": "x"})

    assert settings.presets["Billing"].description


def test_variables_for_live_tests_and_those_the_file_refers_to_are_no_settings(written):
    file = written("postgres_url: postgresql://u:${SMOKE_DB_PASSWORD}@h/d")
    environ = {"SMOKE_DB_PASSWORD": "geheim", "SMOKE_LIVE_ORACLE_DSN": "x"}

    url = load_settings(file, environ=environ).postgres_url

    assert url is not None
    assert url.get_secret_value() == "postgresql://u:geheim@h/d"
    assert "geheim" not in repr(url)


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    [
        pytest.param("${HOST}", {"HOST": "a"}, "a", id="set"),
        pytest.param("x-${A}-${B}", {"A": "1", "B": "2"}, "x-1-2", id="several"),
        pytest.param("${HOST:-b}", {}, "b", id="default"),
        pytest.param("${HOST:-b}", {"HOST": ""}, "b", id="default for empty"),
        pytest.param("${HOST:?say it}", {"HOST": "a"}, "a", id="required"),
        pytest.param("$${HOST}", {}, "${HOST}", id="escaped"),
        pytest.param("$HOST", {}, "$HOST", id="bare dollar"),
        pytest.param("${HOST}", {"HOST": "a: [b, ${C}]"}, "a: [b, ${C}]", id="never parsed again"),
    ],
)
def test_a_reference_is_replaced(written, text, environ, expected):
    assert load_settings(written(f"dagster: {{host: '{text}'}}"), environ=environ).dagster.host == expected


def test_a_reference_may_become_a_number(written):
    assert load_settings(written("dagster: {port: '${PORT:-4000}'}"), environ={}).dagster.port == 4000


def test_a_reference_that_comes_out_empty_leaves_the_setting_unset(written):
    assert load_settings(written("postgres_url: ${PG_URL:-}"), environ={}).postgres_url is None


@pytest.mark.parametrize("text", ["${PG_URL}", "${PG_URL:?ask the DBA}"])
def test_a_variable_that_is_not_set_is_named_with_the_place(written, text):
    with pytest.raises(VariableNotSetError) as caught:
        load_settings(written(f"\npostgres_url: {text}"), environ={})

    assert "PG_URL" in caught.value.message
    assert "'postgres_url' (line 2 of" in caught.value.message
    assert ("ask the DBA" in caught.value.message) == ("ask" in text)


@pytest.mark.parametrize("text", ["${", "${1a}", "${A:+b}", "${a b}"])
def test_a_malformed_reference_is_refused(written, text):
    with pytest.raises(SettingsError, match=r"'dagster.host' \(line 1 of"):
        load_settings(written(f"dagster: {{host: '{text}'}}"), environ={})


def test_a_misspelled_key_is_named_with_its_line_and_the_nearest_key(written):
    with pytest.raises(SettingsError) as caught:
        load_settings(written("comparison:\n  memory: 1GB\n  treshold: 5\n"), environ={})

    assert "'comparison.treshold' (line 3 of" in caught.value.message
    assert caught.value.suggestions == ("Did you mean 'threshold'?",)


def test_a_misspelled_key_below_a_name_of_the_users_own_is_found(written):
    with pytest.raises(SettingsError) as caught:
        load_settings(written("presets:\n  billing:\n    treshold: 99"), environ={})

    assert "'presets.billing.treshold' (line 3 of" in caught.value.message
    assert caught.value.suggestions == ("Did you mean 'threshold'?",)


def test_a_misspelled_key_like_no_other_lists_those_that_exist():
    with pytest.raises(SettingsError) as caught:
        load_settings(environ={}, overrides={"dagster": {"zzz": 1}})

    assert "what the caller set" in caught.value.message
    assert caught.value.suggestions == ("Known here: code_server, host, owners, port, read_only.",)


def test_a_misspelled_variable_is_named():
    with pytest.raises(SettingsError) as caught:
        load_settings(environ={"SMOKE_POSTGRESS_URL": "postgresql://u:geheim@h/d"})

    assert "SMOKE_POSTGRESS_URL" in caught.value.message
    assert caught.value.suggestions == ("Did you mean 'postgres_url'?",)


def test_a_variable_that_goes_deeper_than_its_setting_is_refused(written):
    with pytest.raises(SettingsError, match="SMOKE_DEFAULT_PRESET__X"):
        load_settings(written("default_preset: production"), environ={"SMOKE_DEFAULT_PRESET__X": "1"})


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("postgres_url: [geheim]", id="wrong type"),
        pytest.param("postgress_url: geheim", id="unknown key"),
        pytest.param("postgres_url: 'geheim\n", id="not YAML"),
        pytest.param("postgres_url: 'geheim-${X}'", id="variable not set"),
        pytest.param("- geheim", id="not a mapping"),
        pytest.param("report_server: {url: geheim}", id="not allowed"),
        pytest.param("comparison: {threshold: geheim}", id="not a number"),
    ],
)
def test_no_error_repeats_a_value(written, text):
    with pytest.raises(SettingsError) as caught:
        load_settings(written(text), environ={})

    shown = "".join(traceback.format_exception(caught.value)).replace(text, "")
    assert "geheim" not in shown
    assert "geheim" not in str(caught.value.to_dict())


def test_owners_are_teams_and_mail_addresses():
    settings = load_settings(environ={"SMOKE_DAGSTER__OWNERS": "team:data,ada@example.com"})

    assert settings.dagster.owners == ("team:data", "ada@example.com")


@pytest.mark.parametrize("owner", ["ada", "team:", "ada@example", "a@b.c <script>"])
def test_an_owner_that_dagster_would_refuse_is_refused_here(owner):
    with pytest.raises(SettingsError, match=r"dagster\.owners"):
        load_settings(environ={"SMOKE_DAGSTER__OWNERS": owner})


def test_a_day_that_is_none_is_refused(written):
    with pytest.raises(SettingsError, match="holds a day or a number that there is none of"):
        load_settings(written("default_preset: 2026-02-30"), environ={})


def test_a_key_written_twice_is_refused(written):
    with pytest.raises(SettingsError, match=r"Line 2 of .* sets 'default_preset' a second time"):
        load_settings(written("default_preset: test\ndefault_preset: production"), environ={})


def test_a_file_that_holds_itself_is_refused(written):
    with pytest.raises(SettingsError, match="nested too deeply"):
        load_settings(written("presets: &a\n  x: *a"), environ={})


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda folder: folder / "nix.yaml", id="missing"),
        pytest.param(lambda folder: folder, id="folder"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, make):
    with pytest.raises(SettingsError, match=str(make(tmp_path))):
        load_settings(make(tmp_path), environ={})


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "mine.yaml").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path / "mine.yaml", environ={})


def test_an_empty_file_changes_nothing(written):
    assert load_settings(written("# nothing\n"), environ={}) == load_settings(environ={})


def test_an_unknown_default_preset_is_refused_with_the_nearest_name():
    with pytest.raises(UnknownPresetError) as caught:
        load_settings(environ={"SMOKE_DEFAULT_PRESET": "produktion"})

    assert caught.value.suggestions[0] == "Did you mean 'production'?"


def test_the_environment_wins_over_the_env_file(tmp_path):
    (tmp_path / ".env").write_text("A=file\nB='from file'\n# C=1\nD\n", "utf-8")

    assert environment(tmp_path, {"A": "process"}) == {"A": "process", "B": "from file"}


def test_without_an_env_file_only_the_environment_counts(tmp_path):
    assert environment(tmp_path, {"A": "1"}) == {"A": "1"}


def test_the_shipped_rule_sets_hold_rules_that_exist():
    rulesets = load_settings(environ={}).rulesets

    assert set(rulesets) == {
        *("exact", "csv_relaxed", "text_relaxed"),
        *("oracle_to_mysql", "oracle_to_postgres", "mysql_to_postgres"),
    }
    for columns in rulesets.values():
        for rules in columns.values():
            ColumnRules.model_validate(rules)


def test_the_json_schema_is_current():
    written = project_file("config/settings.schema.json").read_text("utf-8")

    assert written == settings_schema(), "run: python -m smoke_pipeline.settings.schema"

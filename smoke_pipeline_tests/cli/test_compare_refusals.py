"""What `smoke compare` cannot compare: one sentence on stderr, exit status 2, nothing else."""

import os
import resource
import subprocess
import sys
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from smoke_pipeline.cli.compare import compare as command
from smoke_pipeline.errors import (
    ArchiveChoiceError,
    ColumnsDifferError,
    CsvFormatError,
    DuplicateColumnError,
    InvalidOptionError,
    NoCsvInArchiveError,
    ObjectNotFoundError,
    SettingsError,
    SmokePipelineError,
    UnknownColumnError,
    UnknownPresetError,
    UnknownRuleError,
    UnsupportedColumnTypeError,
    UnsupportedFileTypeError,
)
from smoke_pipeline_tests.cli.comparing import compare, files, refusal

TABLE = "id,name,city\n1,Ann,Oslo\n2,Bob,Rome\n"


@pytest.fixture
def sides(tmp_path):
    return files(tmp_path, TABLE, TABLE.replace("Bob", "Rob"))


def raised(*arguments, env=None) -> type[SmokePipelineError]:
    """The class of the error, which `main` turns into words."""
    result = CliRunner(env=env).invoke(command, [str(argument) for argument in arguments])
    assert isinstance(result.exception, SmokePipelineError), result
    return type(result.exception)


def zipped(path, **members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("_", "."), text)
    return path


@pytest.mark.parametrize(
    ("name", "content", "error", "words"),
    [
        pytest.param("gone.csv", None, ObjectNotFoundError, "There is no file", id="missing"),
        pytest.param(".", None, ObjectNotFoundError, "is a folder", id="a folder"),
        pytest.param("t.csv", b"", CsvFormatError, "it has no bytes", id="no bytes"),
        pytest.param("t.csv", b"a\n\x81\n", CsvFormatError, "at line 2: byte 0x81", id="unreadable text"),
        pytest.param("t.csv", b"id,name,city\n1,2,3\n3\n", CsvFormatError, "Line 3 of", id="a ragged row"),
        pytest.param("t.csv", b'id,name,city\n1,"2,3\n', CsvFormatError, "never closed", id="an open quote"),
        pytest.param("t.csv", b"id,id\n1,2\n", DuplicateColumnError, "column named 'id'", id="a name twice"),
        pytest.param("t.csv", b"%PDF-1.4", UnsupportedFileTypeError, "is a PDF", id="a PDF"),
    ],
)
def test_a_file_that_is_no_table(tmp_path, sides, name, content, error, words):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)

    for pair in ((path, sides[0]), (sides[0], path)):
        assert words in refusal(*pair)[0]
        assert raised(*pair) is error


def test_standard_input(sides):
    assert "Standard input cannot be compared" in refusal("-", sides[0])[0]
    assert raised(sides[0], "-") is UnsupportedFileTypeError


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        pytest.param(("--key", "idd"), "'idd'", id="key"),
        pytest.param(("--ignore", "idd"), "'idd'", id="ignore"),
        pytest.param(("--ignore-source", "idd"), "'idd'", id="ignore-source"),
        pytest.param(("--ignore-target", "idd"), "'idd'", id="ignore-target"),
        pytest.param(("--rename", "idd=id"), "'idd'", id="rename, new"),
        pytest.param(("--rename", "id=idd"), "'idd'", id="rename, old"),
        pytest.param(("--rule", "idd:trim"), "'idd'", id="rule"),
    ],
)
def test_a_column_that_does_not_exist_and_the_nearest_that_does(sides, flags, words):
    lines = refusal(*sides, *flags)

    assert words in lines[0]
    assert "  - Did you mean 'id'?" in lines
    assert raised(*sides, *flags) is UnknownColumnError


def test_a_rule_that_does_not_exist(sides):
    assert refusal(*sides, "--rule", "name:trm")[:2] == [
        "Error: There is no rule 'trm'.",
        "  - Did you mean 'trim'?",
    ]
    assert raised(*sides, "--rule", "name:trm") is UnknownRuleError


def test_a_rule_set_that_does_not_exist(sides):
    lines = refusal(*sides, "--ruleset", "exct")

    assert lines[:2] == ["Error: There is no rule set 'exct'.", "  - Did you mean 'exact'?"]
    assert raised(*sides, "--ruleset", "exct") is UnknownPresetError


@pytest.mark.parametrize("threshold", ["nan", "abc", "-1", "101", "inf", "100.0000001", ""])
def test_a_threshold_out_of_range(sides, threshold):
    assert "'threshold'" in refusal(*sides, f"--threshold={threshold}")[0]
    assert raised(*sides, f"--threshold={threshold}") is InvalidOptionError


@pytest.mark.parametrize(
    "flags",
    [
        ("--max-mismatches=-1",),
        ("--max-mismatches", "many"),
        ("--memory", "lots"),
        ("--key", "id,id"),
        ("--key", "id", "--ignore", "id"),
        ("--rename", "id"),
        ("--rule", "name"),
        ("--rule", "name:abs_tol"),
        ("--rule", "name:abs_tol=-1", "--key", "id"),
        ("--rule", "name:abs_tol=0.1"),
    ],
    ids=" ".join,
)
def test_an_option_that_cannot_be_used(sides, flags):
    refusal(*sides, *flags)

    assert raised(*sides, *flags) is InvalidOptionError


def test_columns_that_differ(tmp_path):
    before, after = files(tmp_path, "id,full_name,x\n", "id,fullname,y\n")

    lines = refusal(before, after)

    assert "only the source has 'full_name', 'x'; only the target has 'fullname', 'y'" in lines[0]
    assert "  - If 'fullname' is 'full_name' renamed, say --rename fullname=full_name." in lines
    assert raised(before, after) is ColumnsDifferError


def test_a_zip_without_a_csv_or_with_several(tmp_path, sides):
    none = zipped(tmp_path / "none.zip", notes_md="hello")
    several = zipped(tmp_path / "several.zip", a_csv=TABLE, b_csv="a\n")

    assert refusal(none, sides[0])[1] == "  - It holds notes.md (5 bytes)."
    assert raised(none, sides[0]) is NoCsvInArchiveError
    assert f"a.csv ({len(TABLE)} bytes), b.csv (2 bytes)" in refusal(several, sides[0])[0]
    assert raised(several, sides[0]) is ArchiveChoiceError


def test_a_parquet_column_of_a_nested_type(tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"id": [1], "list": [[1]]}), path)

    assert "Column 'list'" in refusal(path, path)[0]
    assert raised(path, path) is UnsupportedColumnTypeError
    assert compare(path, path, "--ignore", "list").exit_code == 0


@pytest.mark.parametrize(
    ("text", "words", "error"),
    [
        pytest.param(None, "There is no file", SettingsError, id="missing"),
        pytest.param("key: [id\n", "is not YAML", SettingsError, id="not YAML"),
        pytest.param("- id\n", "does not hold `key: value`", SettingsError, id="a list"),
        pytest.param("key: [id]\nkey: [x]\n", "a second time", SettingsError, id="an option twice"),
        pytest.param(
            "ignore_colums: [id]\n", "no option 'ignore_colums'", InvalidOptionError, id="misspelled"
        ),
        pytest.param("source: {delimter: ';'}\n", "'source.delimter'", InvalidOptionError, id="deeper"),
        pytest.param(
            "source: {delimiter: '§'}\n", "one ASCII character", InvalidOptionError, id="no delimiter"
        ),
        pytest.param(
            "source: {encoding: klingon}\n", "no text encoding", InvalidOptionError, id="no encoding"
        ),
        pytest.param("rules: {id: {numerc: true}}\n", "no rule 'numerc'", UnknownRuleError, id="a rule"),
        pytest.param("threshold: .nan\n", "'threshold'", InvalidOptionError, id="no number"),
        pytest.param("renames: [a]\n", "'renames'", InvalidOptionError, id="no mapping"),
    ],
)
def test_an_options_file_that_cannot_be_used(tmp_path, sides, text, words, error):
    path = tmp_path / "options.yaml"
    if text is not None:
        path.write_text(text)
    arguments = (*sides, "--options", path, "--rename", "id=id", "--ignore", "city")

    assert words in refusal(*arguments)[0]
    assert raised(*arguments) is error


def test_an_option_of_the_file_that_is_misspelled_is_told_the_nearest(tmp_path, sides):
    (tmp_path / "options.yaml").write_text("ignore_colums: [id]\n")

    assert "  - Did you mean 'ignore_columns'?" in refusal(*sides, "--options", tmp_path / "options.yaml")


def test_settings_that_are_misspelled(tmp_path, sides):
    (tmp_path / "settings.yaml").write_text("comparision: {memory: 1GB}\n")
    env = {"SMOKE_SETTINGS": str(tmp_path / "settings.yaml")}

    lines = refusal(*sides, env=env)

    assert "'comparision'" in lines[0]
    assert "  - Did you mean 'comparison'?" in lines
    assert raised(*sides, env=env) is SettingsError


def test_a_report_that_cannot_be_written(tmp_path, sides):
    (tmp_path / "file").write_text("")

    refusal(*sides, "--out", tmp_path / "file")
    refusal(*sides, "--out", tmp_path / "file" / "below")

    assert (tmp_path / "file").read_text() == ""


@pytest.mark.parametrize("size_bytes", [0, 2000])
def test_a_disk_that_is_full_keeps_the_old_report_and_no_half_of_a_new_one(tmp_path, sides, size_bytes):
    out = tmp_path / "out"
    assert compare(*sides, "--out", out).exit_code == 1
    old = (out / "comparison_report.zip").read_bytes()

    result = subprocess.run(
        [sys.executable, "-m", "smoke_pipeline.cli", "compare", *map(str, sides), "--out", str(out)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, size_bytes)),
    )

    assert (result.returncode, result.stdout) == (2, "")
    assert "is full" in result.stderr.splitlines()[0]
    assert [path.name for path in out.iterdir()] == ["comparison_report.zip"]
    assert (out / "comparison_report.zip").read_bytes() == old

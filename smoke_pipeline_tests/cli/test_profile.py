"""`smoke profile` as a user runs it."""

import json

from click.testing import CliRunner

from smoke_pipeline.cli.main import main
from smoke_pipeline_tests.cli.comparing import files


def profile(*arguments):
    return CliRunner().invoke(main, ["profile", *map(str, arguments)])


def test_a_file_is_told_column_by_column(tmp_path):
    (path,) = files(tmp_path, "id,amount,note\n1,1.50,\n2,2,x\n3,,x\n", names=("a.csv",))

    lines = profile(path).stdout.splitlines()

    assert lines[0] == f"{path}: 3 rows, 3 columns"
    assert lines[2].split() == ["column", "type", "NULL", "distinct", "least", "most", "for", "example"]
    assert lines[3].split() == ["id", "string:", "integer", "0", "3", "(unique)", "1", "3", "1,", "2,", "3"]
    assert "integer 50 %, decimal 50 %" in lines[4]
    assert lines[-1] == "Could be a key: id"


def test_a_program_reads_it_as_json(tmp_path):
    (path,) = files(tmp_path, "id,v\n1,a\n1,b\n", names=("a.csv",))

    found = json.loads(profile(path, "--format", "json").stdout)

    assert (found["rows"], found["keys"]) == (2, ["v"])
    assert found["columns"][0] == {
        "name": "id",
        "type": "string",
        "nulls": 0,
        "distinct": 1,
        "has_more_distinct": False,
        "is_unique": False,
        "kinds": {"integer": 2},
        "least": "1",
        "most": "1",
        "shortest": 1,
        "longest": 1,
        "examples": ["1"],
    }


def test_signs_that_would_move_the_cursor_are_written_out(tmp_path):
    (path,) = files(tmp_path, 'v\n"a\x1b[2J\nb"\n', names=("a.csv",))

    assert "a\\x1b[2J\\nb" in profile(path).stdout
    assert "\x1b" not in profile(path).stdout


def test_what_cannot_be_read_is_told_in_one_sentence(tmp_path):
    run = profile(tmp_path / "none.csv")

    assert (run.exit_code, run.stdout) == (2, "")
    assert run.stderr.startswith("Error: There is no file")


def test_how_a_csv_is_read_may_be_said(tmp_path):
    (path,) = files(tmp_path, "a;b\n1;2\n".encode("utf-16-le"), names=("a.csv",))

    flags = ("--read-source", "encoding=utf-16-le", "--read-source", "delimiter=;")

    assert json.loads(profile(path, *flags, "--format", "json").stdout)["columns"][1]["name"] == "b"

"""`smoke compare --accept FILE` and `--baseline FILE`."""

import json

import pytest
from click.testing import CliRunner

from smoke_pipeline.cli.main import main

BEFORE = "id,v\n1,10\n2,20\n"
AFTER = "id,v\n1,10\n2,21\n3,30\n"


@pytest.fixture
def compare(tmp_path):
    """Compare two texts; the status, what was printed, and what was printed of errors."""

    def compare(*flags, after=AFTER):
        (tmp_path / "a.csv").write_text(BEFORE)
        (tmp_path / "b.csv").write_text(after)
        words = ["compare", str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), "--key", "id", *map(str, flags)]
        found = CliRunner().invoke(main, words)
        return found.exit_code, found.stdout, found.stderr

    return compare


@pytest.fixture
def file(tmp_path, compare):
    """A file into which the differences were accepted."""
    found = tmp_path / "accepted.json"
    status, _, errors = compare("--accept", found, "--reason", "rounded")
    assert (status, errors) == (1, f"Accepted 2 differences into {found}.\n")
    return found


def test_accepted_differences_pass_and_others_fail(file, compare):
    same = compare("--baseline", file, "--format", "json")
    other = compare("--baseline", file, after=AFTER.replace("21", "22"))
    less = compare("--baseline", file, after=BEFORE)

    assert same[0] == 0
    assert json.loads(same[1])["baseline"]["accepted"] == 2
    assert other[0] == 1
    assert "1 new; 1 gone" in other[1]
    assert less[0] == 0
    assert "2 gone" in less[1]


def test_the_file_of_every_difference_serves_as_well(file, compare, tmp_path):
    every = ("--max-mismatches", "1", "--all-mismatches", "--out", tmp_path / "out")

    assert compare("--baseline", file, *every)[0] == 0
    assert compare("--baseline", file, "--max-mismatches", "1")[0] == 1
    assert compare("--baseline", file, "--max-mismatches", "1", "--threshold", "10")[0] == 1
    assert compare("--accept", tmp_path / "more.json", "--reason", "x", *every)[0] == 1
    assert compare("--baseline", tmp_path / "more.json")[0] == 0


def test_another_comparison_is_not_held_to_it(file, compare):
    status, told, _ = compare("--baseline", file, "--rule", "v:numeric")

    assert status == 1
    assert "accepted of another comparison; what is not the same: rules" in told


def test_no_value_stands_in_the_file(file):
    written = json.loads(file.read_text())

    assert set(written) == {"version", "accepted_by", "accepted_at", "reason", "options", "fingerprints"}
    assert all(len(one) == 64 for one in written["fingerprints"])


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--accept", "{new}"], "--accept and --reason belong together."),
        (["--reason", "x"], "--accept and --reason belong together."),
        (["--accept", "{new}", "--reason", " "], "A reason is a line"),
        (["--accept", "{new}", "--reason", "x", "--max-mismatches", "1"], "cannot be accepted. Of 2"),
        (["--accept", "{folder}/a.csv/f.json", "--reason", "x"], "/a.csv/f.json cannot be written"),
        (["--baseline", "{new}"], "There is no file"),
        (["--baseline", "{broken}"], "holds no accepted differences"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(flags, sentence, compare, tmp_path, file):
    broken = tmp_path / "broken.json"
    broken.write_text(file.read_text().replace('"version": 1', '"version": 2'))
    names = {"new": tmp_path / "new.json", "broken": broken, "folder": tmp_path}

    status, _, errors = compare(*(flag.format(**names) for flag in flags))

    assert status == 2
    assert sentence in errors
    assert errors.startswith("Error: ")
    assert not names["new"].exists()

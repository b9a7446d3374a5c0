"""Every case through the Python API and through the command, both ways round."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from benchmarks.false_pass.case import Case, Truth
from benchmarks.false_pass.cases import CASES
from benchmarks.false_pass.ours import NotAnsweredError, compare
from benchmarks.false_pass.written import Pair, write
from smoke_pipeline.cli.main import main

EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def test_no_two_cases_have_one_name():
    names = [case.name for case in CASES]

    assert len(set(names)) == len(names)


@EVERY_CASE
def test_the_rows_of_the_answer_are_those_of_the_tables(case):
    answer = case.answer

    assert not isinstance(answer, Truth) or bool(answer.mismatched) == bool(answer.by_column)
    assert not isinstance(answer, Truth) or sum(answer.by_column.values()) >= answer.mismatched


def require_truth(case: Case, folder: Path) -> None:
    pair = write(case, folder)
    if isinstance(case.answer, Truth):
        assert compare(pair) == case.answer
    else:
        with pytest.raises(NotAnsweredError) as refusal:
            compare(pair)
        assert type(refusal.value.__cause__).__name__ == case.answer.error


@EVERY_CASE
def test_what_is_said_is_true(case, tmp_path):
    require_truth(case, tmp_path)


@EVERY_CASE
def test_what_is_said_of_the_sides_swapped_is_true(case, tmp_path):
    require_truth(case.swapped(), tmp_path)


def run_command(pair: Pair, folder: Path) -> tuple[int, str, str]:
    options = folder / "options.yaml"
    options.write_text(yaml.safe_dump({"key": list(pair.key)} if pair.key else {}), encoding="utf-8")
    found = CliRunner().invoke(
        main, ["compare", *map(str, pair.paths), "--options", str(options), "--format", "json"]
    )
    return found.exit_code, found.stdout, found.stderr


@EVERY_CASE
def test_the_command_says_the_same(case, tmp_path):
    status, answer, error = run_command(write(case, tmp_path), tmp_path)

    if isinstance(case.answer, Truth):
        found = json.loads(answer)
        assert status == (0 if case.answer.is_same else 1)
        assert found["mismatch_by_column"] == case.answer.by_column
        assert [found["matched"], found["mismatched"], found["source_only"], found["target_only"]] == [
            case.answer.matched,
            case.answer.mismatched,
            case.answer.source_only,
            case.answer.target_only,
        ]
    else:
        assert (status, answer) == (2, "")
        assert error.startswith("Error: ")

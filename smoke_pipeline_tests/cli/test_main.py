"""The command as a list of names, and how it tells what went wrong."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from smoke_pipeline.cli.main import COMMANDS, main
from smoke_pipeline.errors import InvalidOptionError


@pytest.fixture
def failing(monkeypatch):
    """Put a command in place of `doctor`, which anybody may give, that raises what it is given."""

    def failing(error: BaseException):
        @click.command()
        def doctor():
            raise error

        module = type(sys)("smoke_pipeline_tests.failing")
        module.doctor = doctor
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setitem(COMMANDS, "doctor", (f"{module.__name__}:doctor", ""))
        return CliRunner().invoke(main, ["doctor"])

    return failing


def test_help_names_every_command_and_imports_none():
    program = (
        "import sys; from smoke_pipeline.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'dagster', 'sqlalchemy', 'polars', 'pyarrow', 'psycopg'} & set(sys.modules)))"
    )

    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert shown.endswith("[]\n")
    assert all(f"\n  {name} " in shown for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_name_is_a_command_with_help(name):
    result = CliRunner().invoke(main, [name, "--help"])

    assert result.exit_code == 0, result.output
    assert "Usage:" in result.output


def test_an_error_is_a_sentence_with_suggestions_and_status_2(failing):
    result = failing(InvalidOptionError("That is out of range.", suggestions=("Use 0 to 100.",)))

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "Error: That is out of range.\n  - Use 0 to 100.\n"


def test_an_unexpected_error_shows_neither_its_words_nor_a_traceback(failing):
    result = failing(ValueError("password=hunter2"))

    assert result.exit_code == 2
    assert "ValueError" in result.stderr
    assert "hunter2" not in result.output


def test_being_interrupted_is_no_verdict(failing):
    assert failing(KeyboardInterrupt()).exit_code == 130


def test_an_unknown_command_is_refused():
    result = CliRunner().invoke(main, ["comapre"])

    assert result.exit_code == 2
    assert "comapre" in result.stderr

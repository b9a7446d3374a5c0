"""What `make` and pytest promise on machines that lack something."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHELL_TOOLS = ("sh", "env", "id", "tail", "mktemp", "rm", "awk", "cat")


def run(*command: str, folder: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "CI"}
    return subprocess.run(
        command,
        cwd=folder,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def bare_path(tmp_path) -> str:
    """A `PATH` with a few tools of the system, and neither Python, apt nor a browser."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in SHELL_TOOLS:
        place = shutil.which(tool)
        assert place
        (folder / tool).symlink_to(place)
    return str(folder)


def run_pytest(folder: Path, text: str, *options: str, **variables: str):
    (folder / "test_it.py").write_text(text, encoding="utf-8")
    plugin = ("-p", "smoke_pipeline_tests.no_skips", "-p", "no:cacheprovider", "-c", os.devnull)
    command = (sys.executable, "-m", "pytest", *plugin, f"--rootdir={folder}", *options, str(folder))
    return run(*command, folder=ROOT, **variables)


SKIPPING = "import pytest\n\ndef test_one(): pytest.skip('why not')\n\ndef test_two(): pass\n"
BROWSING = "import pytest\n\n@pytest.mark.browser\ndef test_one(): pass\n\ndef test_two(): pass\n"
EXPECTING = "import pytest\n\n@pytest.mark.xfail\ndef test_one(): assert False\n"


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "two workers"])
def test_a_skipped_test_fails_the_run_in_ci(tmp_path, workers):
    found = run_pytest(tmp_path, SKIPPING, *workers, CI="true")

    assert found.returncode == pytest.ExitCode.TESTS_FAILED
    assert "with CI=true that is a failure" in found.stdout


def test_a_module_that_skips_itself_fails_the_run_in_ci(tmp_path):
    text = "import pytest\npytest.skip('not here', allow_module_level=True)\n"
    (tmp_path / "test_other.py").write_text("def test_two(): pass\n", encoding="utf-8")

    assert run_pytest(tmp_path, text, CI="true").returncode == pytest.ExitCode.TESTS_FAILED


def test_a_skipped_test_is_no_failure_at_home(tmp_path):
    assert run_pytest(tmp_path, SKIPPING).returncode == pytest.ExitCode.OK


def test_a_failure_that_is_expected_is_not_skipped(tmp_path):
    assert run_pytest(tmp_path, EXPECTING, CI="true").returncode == pytest.ExitCode.OK


def test_without_chromium_its_tests_are_left_out_and_that_is_said(tmp_path):
    found = run_pytest(tmp_path, BROWSING, CHROMIUM="nowhere")

    assert found.returncode == pytest.ExitCode.OK
    assert "1 passed, 1 deselected" in found.stdout
    assert "Chromium is not installed" in found.stdout


def test_without_java_its_tests_are_left_out_and_that_is_said(tmp_path):
    found = run_pytest(tmp_path, BROWSING.replace("browser", "java"), JAVA_HOME="/nowhere")

    assert found.returncode == pytest.ExitCode.OK
    assert "1 passed, 1 deselected" in found.stdout
    assert "Java is not installed" in found.stdout


def test_without_chromium_nothing_is_tested_in_ci(tmp_path):
    found = run_pytest(tmp_path, BROWSING, CHROMIUM="nowhere", CI="true")

    assert found.returncode == pytest.ExitCode.USAGE_ERROR
    assert "every test must run" in found.stderr


def test_what_the_system_lacks_is_named_with_what_that_leaves_untested(bare_path):
    found = run("sh", "scripts/system_packages.sh", PATH=bare_path, CHROMIUM="nowhere")

    assert found.returncode == 0
    assert "Missing: Chromium. Untested without it: that the report page works" in found.stderr
    assert "Missing: Java. Untested without it: that the engine spark" in found.stderr


def test_what_the_system_lacks_is_an_error_in_ci(bare_path):
    assert (
        run("sh", "scripts/system_packages.sh", PATH=bare_path, CHROMIUM="nowhere", CI="true").returncode != 0
    )


def test_a_machine_without_a_new_python_is_told_so(bare_path, tmp_path):
    found = run("sh", "scripts/make_env.sh", str(tmp_path / "venv"), PATH=bare_path)

    assert found.returncode != 0
    assert "No Python 3.11 or newer was found" in found.stderr
    assert not (tmp_path / "venv").exists()


def test_a_python_without_venv_is_told_which_package_has_it(bare_path, tmp_path):
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    python = tmp_path / "bin" / "python3"
    python.write_text(
        f'#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\nexec "{sys.executable}" "$@"\n',
        encoding="utf-8",
    )
    python.chmod(0o755)

    found = run("sh", "scripts/make_env.sh", str(tmp_path / "venv"), PATH=bare_path)

    assert found.returncode != 0
    assert f"apt-get install {version}" in found.stderr


def test_make_alone_explains_what_can_be_made():
    found = run("make", "--no-print-directory")

    assert found.returncode == 0
    assert [line.split()[1] for line in found.stdout.splitlines()] == [
        "help",
        "env",
        "demo",
        "test",
        "lint",
        "docs",
        "up",
        "bench",
        "peers",
        "chaos",
        "sbom",
        "audit",
        "clean",
    ]

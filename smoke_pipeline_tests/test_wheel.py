"""The wheel carries everything it needs, and works where there is no checkout."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = (
    "config/settings.yaml",
    "docs/mcp.md",
    "templates/report.html.j2",
    "workspace.yaml",
    "dagster.yaml",
)


def run(*command: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """A folder into which the wheel alone was installed; what it depends on comes from the environment."""
    built, target = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("installed")
    build = run(
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(built),
        str(ROOT),
        folder=built,
    )
    assert build.returncode == 0, build.stdout + build.stderr
    (wheel,) = built.glob("*.whl")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--no-deps", "--no-index")
    install = run(*pip, "--target", str(target), str(wheel), folder=built)
    assert install.returncode == 0, install.stderr
    return target


def test_the_wheel_brings_its_own_files(installed, tmp_path):
    program = (
        f"from smoke_pipeline.settings.paths import project_file; [print(project_file(n)) for n in {SHIPPED}]"
    )

    found = run(sys.executable, "-c", program, folder=tmp_path, PYTHONPATH=str(installed))

    assert found.stderr == ""
    assert found.stdout.splitlines() == [
        str(installed / "smoke_pipeline" / "_data" / name) for name in SHIPPED
    ]


def test_the_wheel_holds_no_tests(installed):
    assert not (installed / "smoke_pipeline_tests").exists()


def test_the_command_of_the_wheel_explains_itself(installed, tmp_path):
    found = run(str(installed / "bin" / "smoke"), "--help", folder=tmp_path, PYTHONPATH=str(installed))

    assert (found.returncode, found.stderr) == (0, "")
    assert "compare" in found.stdout


def test_the_command_of_the_wheel_compares_and_reports(installed, tmp_path):
    (tmp_path / "a.csv").write_text("id,x\n1,a\n2,b\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("id,x\n1,a\n2,c\n", encoding="utf-8")
    command = (str(installed / "bin" / "smoke"), "compare", "a.csv", "b.csv", "--key", "id", "--out", "out")

    found = run(*command, folder=tmp_path, PYTHONPATH=str(installed))

    assert found.returncode == 1, found.stderr
    assert len(list((tmp_path / "out").glob("*.zip"))) == 1

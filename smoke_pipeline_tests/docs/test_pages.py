"""The documentation: it is built without a warning, its commands exist, and the tutorial is true."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from smoke_pipeline.cli.main import main
from smoke_pipeline_tests.cli.served import smoke

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TUTORIAL = (ROOT / "docs/tutorial.md").read_text("utf-8")
COPYLEFT = re.compile(r"\bA?GPL", re.IGNORECASE)


def ran(*command, **options):
    return subprocess.run(
        [sys.executable, *map(str, command)], cwd=ROOT, capture_output=True, text=True, check=False, **options
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    found = ran("-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder)
    assert found.returncode == 0, found.stderr
    return folder


def test_the_pages_are_built_without_a_warning_and_none_is_left_out(site):
    built = {path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html")}

    assert {path.relative_to(ROOT / "docs").with_suffix("").as_posix() for path in PAGES[1:]} <= built
    assert "proves that an ETL run" in (site / "index.html").read_text("utf-8")


def test_a_built_page_loads_nothing_from_elsewhere(site):
    page = (site / "index.html").read_text("utf-8")

    assert not re.search(r'(?:src|<link[^>]* href)="https?://', page)


def test_the_picture_of_the_imports_is_as_they_are():
    found = ran("scripts/architecture.py", "--check")

    assert found.returncode == 0, found.stderr


def test_a_picture_that_is_out_of_date_is_found(tmp_path):
    for name in ("scripts", "docs", "smoke_pipeline"):
        shutil.copytree(
            ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "_data", "*.png")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "docs/images/architecture.svg").write_text("<svg/>", "utf-8")

    found = subprocess.run(
        [sys.executable, "scripts/architecture.py", "--check"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (found.returncode, found.stderr) == (1, "Out of date: architecture.svg. Run: make docs\n")


def commands_in(page):
    """The lines of a page's console and shell blocks that give a command of ours, continued lines joined."""
    for block in re.findall(
        r"^ *```(?:console|sh)\n(.*?)^ *```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE
    ):
        for line in block.replace("\\\n", " ").splitlines():
            text = line.strip().removeprefix("$ ")
            if text.startswith("smoke "):
                yield text


COMMANDS = [(page.name, text) for page in PAGES for text in commands_in(page)]


def flags_of(command):
    return {
        option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
    } | set(command.get_help_option_names(click.Context(command)))


@pytest.mark.parametrize(("page", "text"), COMMANDS)
def test_a_command_of_the_documentation_and_its_flags_exist(page, text):
    words, command, known = shlex.split(re.split(r" [|>&#]", text)[0])[1:], main, flags_of(main)

    with click.Context(main) as context:
        while isinstance(command, click.Group):
            found = [(i, one) for i, name in enumerate(words) if (one := command.get_command(context, name))]
            if not found:
                break
            at, command = found[0]
            words = [*words[:at], *words[at + 1 :]]
            known |= flags_of(command)

    assert command is not main or text.startswith("smoke --")
    assert {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)} - known == set()


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```", TUTORIAL, re.DOTALL | re.MULTILINE)


def as_pattern(text):
    """What stands for an answer: `…` is anything to the line's end, and alone on the last line, the rest."""
    *lines, last = [re.escape(line).replace("…", "[^\n]*") for line in text.rstrip("\n").split("\n")]
    return "\n".join([*lines, r"(?s:.*)" if last == "[^\n]*" else last])


@pytest.mark.services
def test_the_tutorial_is_true(tmp_path, open_folder):
    data = open_folder / "tutorial"
    for name, text in zip(("before.csv", "after.csv", "moved.csv"), blocks("csv"), strict=True):
        (tmp_path / name).write_text(text, "utf-8")
    session_id = ""

    for block in blocks("console"):
        command, _, answer = block.partition("\n")
        words = [session_id if one == "SESSION" else one for one in shlex.split(command)[2:]]
        if words[0] == "continue":
            shutil.copy(tmp_path / "after.csv", tmp_path / "before.csv")
        found = smoke(data, *words, cwd=tmp_path)
        told = found.stdout.replace(f"{tmp_path}/", "")
        assert re.fullmatch(as_pattern(answer), told.rstrip()), told + found.stderr
        if words[0] == "start":
            session_id = told.split()[1]


def test_every_package_that_is_shipped_has_its_licence_on_the_page():
    program = "from licences import page; print(page(), end='')"
    found = ran("-c", program, env={"PYTHONPATH": str(ROOT / "scripts"), "PATH": ""})

    written = (ROOT / "docs/licences.md").read_text("utf-8").splitlines()
    assert found.returncode == 0, found.stderr
    assert [line for line in found.stdout.splitlines() if line not in written] == []
    assert [line for line in written if COPYLEFT.search(line) and "LGPL" not in line] == []


def test_the_bill_of_materials_holds_what_is_shipped_and_nothing_more(tmp_path):
    pins = tmp_path / "pins"
    assert ran("scripts/sbom.py", "--pins", pins).returncode == 0
    lines = pins.read_text("utf-8").splitlines()
    names = {line.partition("==")[0].lower().replace("_", "-") for line in lines}

    assert {"dagster", "polars", "structlog", "prometheus-client"} <= names
    assert {"pytest", "ruff", "mkdocs"}.isdisjoint(names)


def test_the_list_of_an_environment_is_cut_to_what_is_shipped(tmp_path):
    pins, whole, cut = tmp_path / "pins", tmp_path / "whole.json", tmp_path / "cut.json"
    assert ran("scripts/sbom.py", "--pins", pins).returncode == 0
    names = [line.partition("==")[0] for line in pins.read_text("utf-8").splitlines()]
    components = [{"name": name, "bom-ref": name} for name in (*names, "smoke-pipeline", "pytest")]
    dependencies = [{"ref": "dagster", "dependsOn": ["polars", "pytest"]}, {"ref": "pytest"}]
    whole.write_text(json.dumps({"components": components, "dependencies": dependencies}), "utf-8")

    assert ran("scripts/sbom.py", whole, cut).returncode == 0

    found = json.loads(cut.read_text("utf-8"))
    assert {one["name"] for one in found["components"]} == {*names, "smoke-pipeline"}
    assert found["dependencies"] == [{"ref": "dagster", "dependsOn": ["polars"]}]


def test_a_list_that_lacks_something_shipped_is_refused(tmp_path):
    (tmp_path / "whole.json").write_text('{"components": []}', "utf-8")

    found = ran("scripts/sbom.py", tmp_path / "whole.json", tmp_path / "cut.json")

    assert (found.returncode, found.stderr.startswith("The list of the environment lacks")) == (1, True)

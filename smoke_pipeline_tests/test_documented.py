"""Whatever a user can name is named in README.md or docs/, in code style.

A new setting, option, asset or error fails here until it is written about, and an example that is no longer
accepted fails too.
"""

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import click
import dagster as dg
import pytest
import yaml
from pydantic import BaseModel

from smoke_pipeline import errors
from smoke_pipeline.cli.main import main
from smoke_pipeline.comparison.options import parse_spec
from smoke_pipeline.comparison.spec import ColumnRules, ComparisonSpec
from smoke_pipeline.definitions import defs
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.smoke_test.spec import SessionSpec, read_order

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def code_of(page: str) -> str:
    """The parts of a Markdown page that are set as code."""
    blocks = re.findall(r"^```.*?^```", page, flags=re.DOTALL | re.MULTILINE)
    rest = re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE)
    return "\n".join([*blocks, *re.findall(r"`[^`\n]+`", rest)])


CODE = "\n".join(code_of(path.read_text(encoding="utf-8")) for path in PAGES)


def is_named(name: str) -> bool:
    return re.search(rf"(?<![\w./-]){re.escape(name)}(?![\w-]|[./]\w)", CODE) is not None


def settings_of(model: type[BaseModel], start: str = "") -> Iterator[str]:
    """The dotted names of all settings; `<name>` stands where a user chooses one."""
    for name, field in model.model_fields.items():
        inner = [one for one in (field.annotation, *get_args(field.annotation)) if is_model(one)]
        is_named_by_user = inner and not is_model(field.annotation) and "dict" in str(field.annotation)
        below = f"{start}{name}.<name>." if is_named_by_user else f"{start}{name}."
        yield from settings_of(inner[0], below) if inner else iter([f"{start}{name}"])


def is_model(one: object) -> bool:
    return isinstance(one, type) and issubclass(one, BaseModel)


def commands(group: click.Group, start: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        yield f"{start} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{start} {name}")


COMMANDS = dict(commands(main, "smoke"))
OPTIONS = sorted(
    {
        option
        for command in (main, *COMMANDS.values())
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
        if option.startswith("--")
    }
)
GRAPH = defs.resolve_asset_graph()
LAUNCHED = defs.resolve_job_def("start_session")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", list(settings_of(Settings)))
def test_a_setting_is_documented(name):
    assert is_named(name)


@pytest.mark.parametrize("name", [*ComparisonSpec.model_fields, *ColumnRules.model_fields])
def test_an_option_or_rule_of_a_comparison_is_documented(name):
    assert is_named(name)


@pytest.mark.parametrize("name", list(SessionSpec.model_fields))
def test_a_key_of_a_session_is_documented(name):
    assert is_named(name)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_a_command_is_documented(name):
    assert is_named(name)


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_is_documented(name):
    assert is_named(name)


@pytest.mark.parametrize("name", sorted(key.to_user_string() for key in GRAPH.get_all_asset_keys()))
def test_an_asset_is_documented(name):
    assert is_named(name)


@pytest.mark.parametrize("name", sorted({key.name for key in GRAPH.asset_check_keys}))
def test_a_check_is_documented(name):
    assert is_named(name)


@pytest.mark.parametrize("name", sorted(one.name for one in [*(defs.jobs or ()), *(defs.sensors or ())]))
def test_a_job_or_sensor_is_documented(name):
    assert is_named(name)


@pytest.mark.parametrize(
    "name", sorted(name for name in vars(errors) if name.endswith("Error") and name[0].isupper())
)
def test_an_error_is_documented(name):
    assert is_named(name)


@pytest.mark.parametrize("name", re.findall(r"^([a-z-]+):.*## ", MAKEFILE, flags=re.MULTILINE))
def test_what_can_be_made_is_documented(name):
    assert is_named(f"make {name}")


def yaml_in(page: Path) -> Iterator[str]:
    """The YAML examples of a page, those inside a list too."""
    for found in re.finditer(
        r"^ *```yaml\n(.*?)^ *```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    ):
        yield textwrap.dedent(found[1])


def config_of(order: dict) -> dict:
    return order["ops"]["session"]["config"]


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "docs/dagster.md"], ids=lambda page: page.name)
def test_the_orders_of_the_examples_can_be_launched(page):
    for text in yaml_in(page):
        order = yaml.safe_load(text)

        assert dg.validate_run_config(LAUNCHED, order)
        assert read_order({name: value for name, value in config_of(order).items() if name != "then"})


def test_the_options_of_the_examples_are_accepted():
    examples = [yaml.safe_load(text) for text in yaml_in(ROOT / "docs/options.md")]

    assert examples
    assert all(parse_spec(example) for example in examples)


def test_the_settings_of_the_examples_are_accepted(tmp_path):
    (text,) = yaml_in(ROOT / "docs/settings.md")
    (tmp_path / "settings.yaml").write_text(text, encoding="utf-8")

    assert load_settings(tmp_path / "settings.yaml", environ={"SMOKE_DB": "postgresql://a@b/c"})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    text = page.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith("http")]

    for link in links:
        file, _, heading = link.partition("#")
        found = page.parent / file if file else page
        assert found.exists(), link
        assert not heading or heading in headings(found), link


def headings(page: Path) -> list[str]:
    """The anchors of a page, as they are made of its headings."""
    lines = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in lines]

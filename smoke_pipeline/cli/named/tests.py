"""`smoke tests`: list, show, save, delete and check tests that have a name."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from smoke_pipeline.cli.answers.tables import aligned, print_csv, print_json, table_format
from smoke_pipeline.cli.sessions.answer import format_option
from smoke_pipeline.errors import SmokePipelineError
from smoke_pipeline.history.sharing import postgres
from smoke_pipeline.report.words.yaml_text import as_yaml
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.smoke_test.named.definition import NamedTest
from smoke_pipeline.smoke_test.named.finding import (
    FoundTest,
    all_tests,
    check_test,
    delete_test,
    find_test,
    require_test,
    save_test,
)
from smoke_pipeline.smoke_test.surroundings import Surroundings, open_surroundings

COLUMNS = ("name", "owner", "tags", "parameters", "kept", "description")


@click.group()
def tests() -> None:
    """Look after tests that have a name."""


@tests.command("list")
@click.option("--tag", help="Only tests with this tag.")
@table_format
def list_(tag: str | None, form: str) -> None:
    """List the tests that have a name."""
    with opened() as around:
        found = [one for one in all_tests(around) if tag is None or (one.test and tag in one.test.tags)]
    rows = [_row(one) for one in found]
    if form == "json":
        print_json({"tests": rows})
    elif form == "csv":
        print_csv([{**row, "tags": " ".join(row["tags"])} for row in rows], COLUMNS)
    else:
        lines = [
            (row["name"], row["owner"], ", ".join(row["parameters"]), row["problem"] or row["description"])
            for row in rows
        ]
        for line in aligned([("test", "owner", "parameters", "what"), *lines]):
            click.echo(line)


@tests.command()
@click.argument("name")
@format_option
def show(name: str, form: str) -> None:
    """Show the test NAME: what it says, and where it is kept."""
    with opened() as around:
        test = require_test(name, around)
        found = find_test(name, around)
    where = found.where if found else ""
    if form == "json":
        print_json({"kept": where, "definition": test.to_dict()})
        return
    click.echo(f"# {where}")
    click.echo(as_yaml(test.to_dict()), nl=False)


@tests.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--version", type=click.IntRange(1), metavar="N", help="Refuse if it is at another one by now.")
@format_option
def save(file: Path, version: int | None, form: str) -> None:
    """Save the test of FILE in the history, in place of the one of its name."""
    with opened() as around:
        saved = save_test(file, around, version=version)
    if form == "json":
        print_json({"name": saved.name, "version": saved.version, "owner": saved.owner})
    else:
        click.echo(f"Saved {saved.name}, version {saved.version}. Run it with: smoke run {saved.name}")


@tests.command()
@click.argument("name")
def delete(name: str) -> None:
    """Forget the saved test NAME; its sessions and what was accepted for it stay."""
    with opened() as around:
        delete_test(name, around)
    click.echo(f"Deleted {name}.")


@tests.command()
@click.argument("names", nargs=-1)
@format_option
@click.pass_context
def check(ctx: click.Context, /, names: tuple[str, ...], form: str) -> None:
    """Check the tests NAMES, or all: that each can be used, and that its preset and databases are there.

    The exit status is 1 where one cannot be used.
    """
    with opened() as around:
        for name in names:
            require_known(name, around)
        found = [one for one in all_tests(around) if not names or one.name in names]
        problems = {one.name: problem_of(one, around.settings) for one in found}
    if form == "json":
        shown = {name: problem.to_dict() if problem else None for name, problem in problems.items()}
        print_json({"tests": shown})
    else:
        for name, problem in problems.items():
            click.echo(f"{name}: {problem.message if problem else 'can be used'}")
    ctx.exit(1 if any(problems.values()) else 0)


def problem_of(found: FoundTest, settings: Settings) -> SmokePipelineError | None:
    """Why a test cannot be used, or None."""
    test: NamedTest | None = found.test
    if test is None:
        return found.problem
    try:
        check_test(test, settings)
    except SmokePipelineError as problem:
        return problem
    return None


def require_known(name: str, around: Surroundings) -> None:
    """Refuse a name that no test has.

    Raises:
        InvalidOptionError: There is no such test.
    """
    if find_test(name, around) is None:
        require_test(name, around)


@contextmanager
def opened() -> Iterator[Surroundings]:
    """The history and the settings for as long as the block lasts."""
    settings = load_settings()
    with postgres(settings), open_surroundings(settings) as around:
        yield around


def _row(found: FoundTest) -> Mapping[str, Any]:
    test = found.test
    return {
        "name": found.name,
        "owner": found.owner,
        "tags": list(test.tags) if test else [],
        "parameters": list(test.parameters) if test else [],
        "kept": found.where,
        "description": test.description if test else "",
        "problem": found.problem.message if found.problem else None,
    }

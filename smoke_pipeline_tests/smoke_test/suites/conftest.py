"""Suites of small tests."""

from dataclasses import replace

import pytest

from smoke_pipeline.settings.sections.suites import SuiteSettings
from smoke_pipeline.smoke_test.suites.definition import require_suite
from smoke_pipeline_tests.smoke_test.conftest import around as plain
from smoke_pipeline_tests.smoke_test.signals.notes import FakeNotes

__all__ = ["plain"]


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "suites"
    folder.mkdir()
    return folder


@pytest.fixture
def around(plain, folder):
    suites = SuiteSettings(dir=folder, most_tests=20)
    return replace(plain, settings=plain.settings.model_copy(update={"suites": suites}))


@pytest.fixture
def notes():
    return FakeNotes()


@pytest.fixture
def suite(around, folder):
    """Write a suite and read it."""

    def suite(text, name="nightly"):
        (folder / f"{name}.yaml").write_text(text)
        return require_suite(name, around.settings)

    return suite


@pytest.fixture
def files(write):
    """A suite of one order over files, one for each name: the target of `good` is the source."""

    def files(*names, **more):
        for name in names:
            write(f"{name}.before.csv", "id,name\n1,Anna\n")
            write(
                f"{name}.after.csv", "id,name\n1,Anna\n" if name.startswith("good") else "id,name\n1,Berta\n"
            )
        place = write("good.x", "").removesuffix("good.x")
        extra = "".join(f"{key}: {value}\n" for key, value in more.items())
        return f"""{extra}tests:
  - name: files
    matrix: {{name: [{", ".join(names)}]}}
    order:
      source: {{path: "{place}{{name}}.before.csv"}}
      target: {{path: "{place}{{name}}.after.csv"}}
      comparison: {{key: id}}
"""

    return files

"""A pytest plugin: what this machine cannot test is said, and with `CI=true` it fails the run.

Tests marked `browser` need Chromium, those marked `java` need Java, those marked `mariadb` need MariaDB's
server; without it they are deselected with a notice. With `CI=true` all must be there, and no test may be
skipped for whatever reason.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_BROWSERS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)


def browser_path() -> str | None:
    """The Chromium of this machine, or the one that the variable `CHROMIUM` names."""
    if chosen := os.environ.get("CHROMIUM"):
        return shutil.which(chosen)
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return found or next((str(path) for path in MAC_BROWSERS if path.exists()), None)


def java_path() -> str | None:
    """The Java of this machine, or the one that the variable `JAVA_HOME` names."""
    home = os.environ.get("JAVA_HOME")
    path = shutil.which(f"{home}/bin/java" if home else "java")
    return path if path and _answers(path) else None


def _answers(java: str) -> bool:
    """Whether it is a Java; on a Mac there is one that only tells where to get it."""
    return subprocess.run([java, "-version"], capture_output=True, check=False).returncode == 0


def mariadb_path() -> str | None:
    """The MariaDB server of this machine; Debian keeps it where only root looks."""
    return shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


NEEDS = {
    "browser": ("Chromium", browser_path),
    "java": ("Java", java_path),
    "mariadb": ("MariaDB", mariadb_path),
}
"""Marker -> what its tests need, and how that is found."""


def is_ci() -> bool:
    return os.environ.get("CI", "").lower() == "true"


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(NoSkips(), "no-skips-of-this-run")


@pytest.fixture(scope="session")
def browser() -> str:
    """The path of a Chromium."""
    path = browser_path()
    assert path is not None
    return path


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for marker, (name, find) in NEEDS.items():
        wanting = [item for item in items if item.get_closest_marker(marker)]
        if not wanting or find():
            continue
        if is_ci():
            raise pytest.UsageError(f"{name} is not installed, and with CI=true every test must run.")
        config.hook.pytest_deselected(items=wanting)
        items[:] = [item for item in items if item not in wanting]


class NoSkips:
    """Remembers what was skipped in one run; with several workers, in the process that leads them."""

    def __init__(self) -> None:
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self.skipped.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.skipped.append(report.nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        if is_ci() and self.skipped and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        yield

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for marker, (name, find) in NEEDS.items():
            if not find():
                notice = f"{name} is not installed: the tests marked `{marker}` were left out."
                terminalreporter.write_line(notice, yellow=True)
        if is_ci():
            for test in self.skipped:
                terminalreporter.write_line(f"SKIPPED, and with CI=true that is a failure: {test}", red=True)

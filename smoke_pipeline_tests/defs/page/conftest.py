"""Dagster's page over two sessions of one test, of which the second one failed, in a Chromium."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from smoke_pipeline_tests.cli.served import Served, serving

TIMEOUT_MS = 60_000
IMAGES = Path(__file__).parents[3] / "docs" / "images"
LARGEST_BYTES = 150_000
WIDTH, HEIGHT = 1280, 800
RENAME = """([here, there]) => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replaceAll(here, there)
}"""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is served, and the two sessions that are looked at."""

    served: Served
    folder: Path
    """Where the tables lie."""
    passed: str
    failed: str

    def url(self, path: str) -> str:
        return f"{self.served.url}/{path}"

    def run_of(self, session_id: str) -> str:
        return self.served.run_of("smoke_test", session_id)


@pytest.fixture(scope="package")
def shown(open_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    folder = tmp_path_factory.mktemp("payments")
    tables = {name: folder / f"{name}.csv" for name in ("before", "after", "wrong")}
    for name, table in tables.items():
        wrong = range(1, 5) if name == "wrong" else ()
        rows = "".join(f"{n},ACME {n},{n * 10 + (n in wrong)}.00\n" for n in range(1, 41))
        table.write_text(f"id,customer,amount\n{rows}")
    with serving(open_folder / "page", SMOKE_DAGSTER__OWNERS="team:data,ada@example.com") as served:
        started = [
            served.start_session(
                test_name="payments, nightly",
                source={"path": str(tables["before"])},
                target={"path": str(tables[target])},
                comparison={"key": ["id"], "threshold": 95.0},
                then="smoke_test",
            )
            for target in ("after", "wrong")
        ]
        for session_id in started:
            assert served.finished(served.run_of("smoke_test", session_id))[0] == "SUCCESS"
        yield Shown(served, folder, *started)


@pytest.fixture(scope="package")
def page(browser: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.set_default_timeout(TIMEOUT_MS)
        expect.set_options(timeout=TIMEOUT_MS)
        yield page
        chromium.close()


@pytest.fixture
def picture(request: pytest.FixtureRequest, page: Page, shown: Shown) -> Callable[[str], None]:
    """Draw what the page shows as an image of the documentation, with `--pictures` alone."""

    places = {str(shown.folder): "/data", str(IMAGES.parents[1]): "/opt/smoke_pipeline"}

    def draw(name: str) -> None:
        if request.config.getoption("--pictures"):
            for here, there in places.items():
                page.evaluate(RENAME, [here, there])
            drawn = page.screenshot(animations="disabled")
            assert len(drawn) <= LARGEST_BYTES, name
            (IMAGES / f"dagster-{name}.png").write_bytes(drawn)

    return draw

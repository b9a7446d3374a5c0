"""What the settings hold back: rows, characters, tools."""

from pathlib import Path

import pytest

from smoke_pipeline.errors import SettingsError
from smoke_pipeline.launcher.server import build_server
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.sections.launcher import LauncherSettings
from smoke_pipeline.smoke_test.changing import name_side
from smoke_pipeline.smoke_test.spec import PathSide
from smoke_pipeline.snapshots.manifest import Side
from smoke_pipeline_tests.launcher.site import serving_http

pytestmark = [pytest.mark.anyio, pytest.mark.services]


async def rows_shown(desk, dagster, tmp_path, limit=50, **own):
    """How many rows the first page holds of thirty that differ; the pages together hold each once."""
    async with serving_http(desk, dagster, **own) as site, site.talk() as talk:
        session_id = (await talk.do("start_smoke_test", test_type="upload"))["session_id"]
        for side in Side:
            path = tmp_path / f"{side}.csv"
            path.write_text("id,x\n" + "".join(f"{number},{side}{'x' * 50}\n" for number in range(30)))
            name_side(session_id, side, PathSide(path=str(path)), site.around)
        for _ in range(2):
            await talk.finished("continue_session", session_id=session_id)
        pages, cursor = [], None
        while not pages or cursor is not None:
            page = await talk.do("get_mismatches", session_id=session_id, limit=limit, cursor=cursor)
            assert (page["total_rows"], page["kept_rows"]) == (30, 30)
            pages.append([row["key"][0] for row in page["rows"]])
            cursor = page["next_cursor"]
        assert sorted(key for shown in pages for key in shown) == sorted(map(str, range(30)))
        return len(pages[0])


async def test_a_page_holds_no_more_rows_than_the_settings_allow(desk, dagster, tmp_path):
    assert await rows_shown(desk, dagster, tmp_path, max_rows=7) == 7


async def test_nor_more_rows_than_were_asked_for(desk, dagster, tmp_path):
    assert await rows_shown(desk, dagster, tmp_path, limit=3, max_rows=7) == 3


async def test_nor_more_characters(desk, dagster, tmp_path):
    few = await rows_shown(desk, dagster, tmp_path, max_chars=1000)

    assert 1 <= few < 10


async def test_within_both_everything_is_shown(desk, dagster, tmp_path):
    assert await rows_shown(desk, dagster, tmp_path) == 30


async def test_a_launcher_that_only_reads_offers_nothing_else_over_http(desk, dagster):
    async with serving_http(desk, dagster, read_only=True) as site, site.talk() as talk:
        tools = (await talk.client.list_tools()).tools

    assert tools
    assert all(tool.annotations.read_only_hint for tool in tools)


def test_a_toolset_that_is_not_there_is_refused(desk):
    with pytest.raises(SettingsError, match="no toolset 'rockets'"):
        build_server(desk, toolsets=LauncherSettings(toolsets="smoke,rockets").toolsets)


def test_folders_are_written_like_a_path_in_a_variable():
    own = load_settings(environ={"SMOKE_LAUNCHER__ROOTS": "/data/in:/data/more"}).launcher

    assert own.roots == (Path("/data/in"), Path("/data/more"))

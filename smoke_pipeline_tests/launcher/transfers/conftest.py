"""A launcher over HTTP, and links into it."""

import pytest

from smoke_pipeline.launcher.transfers.inbox import Inbox
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import UploadSettings
from smoke_pipeline_tests.launcher.site import serving_http


@pytest.fixture
def settings():
    return load_settings(environ={}).model_copy(update={"uploads": UploadSettings(max_bytes=1_000_000)})


@pytest.fixture
async def site(desk, dagster):
    async with serving_http(desk, dagster) as site:
        yield site


@pytest.fixture
def inbox(around):
    return Inbox(around)


@pytest.fixture
def link(site):
    """A new link for a file of a size, and the id of the upload."""

    def link(size_bytes, name="a.csv", client="local"):
        upload_id = Inbox(site.around).new_id()
        return site.desk.links.upload(upload_id, client, name, size_bytes), upload_id

    return link


@pytest.fixture
def lying(around):
    """Every file and folder below the folder of uploads."""

    def lying():
        folder = around.uploads
        return sorted(str(one.relative_to(folder)) for one in folder.rglob("*")) if folder.is_dir() else []

    return lying

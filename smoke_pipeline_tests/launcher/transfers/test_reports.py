"""Reports on their way out: by a link, in ranges, for a while, without a key."""

import io
import zipfile

import pytest

from smoke_pipeline.errors import PermissionDeniedError, SettingsError
from smoke_pipeline.history.records import Role
from smoke_pipeline.launcher.transfers.links import SignedLinks
from smoke_pipeline.launcher.transfers.signing import FILE_NAME, Purpose, Signer, Ticket, signer_of
from smoke_pipeline.settings.sections.launcher import LauncherSettings
from smoke_pipeline.smoke_test.changing import name_side
from smoke_pipeline.smoke_test.spec import PathSide
from smoke_pipeline.snapshots.manifest import Side

pytestmark = [pytest.mark.anyio, pytest.mark.services]


@pytest.fixture
async def reported(site, tmp_path):
    """A session with a report, and its link."""
    async with site.talk() as talk:
        session_id = (await talk.do("start_smoke_test", test_type="upload"))["session_id"]
        for side, text in zip(Side, ("id\n1\n", "id\n2\n"), strict=True):
            path = tmp_path / f"{side}.csv"
            path.write_text(text)
            name_side(session_id, side, PathSide(path=str(path)), site.around)
        for _ in range(2):
            await talk.finished("continue_session", session_id=session_id)
        report = await talk.do("get_report", session_id=session_id)
    return session_id, report


async def test_the_bundle_comes_by_its_name_and_without_a_key(site, reported):
    site.key()
    _, report = reported

    answer = await site.http.get(report["download_url"])

    assert answer.status_code == 200
    assert ".zip" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "private, no-store"
    assert len(answer.content) == report["size_bytes"]
    assert "report.html" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()


async def test_a_part_of_it_can_be_asked_for(site, reported):
    _, report = reported
    whole = (await site.http.get(report["download_url"])).content

    part = await site.http.get(report["download_url"], headers={"Range": "bytes=10-19"})
    beyond = await site.http.get(report["download_url"], headers={"Range": f"bytes={len(whole)}-"})

    assert (part.status_code, part.content) == (206, whole[10:20])
    assert beyond.status_code == 416


async def test_the_page_is_one_step_below(site, reported):
    _, report = reported

    page = await site.http.get(f"{report['download_url']}/report.html")

    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "<html" in page.text


async def test_a_link_opens_one_session_and_nothing_else(site, reported):
    session_id, report = reported
    token = report["download_url"].rpartition("/")[2]
    signer = site.desk.links._signer

    upload = await site.http.put(f"{site.url}/files/upload/{token}", content=b"x")
    nobodys = site.desk.links.report("upload_nobody")
    missing = await site.http.get(nobodys)
    late = Signer(signer._key, lambda: signer._clock() + 3601)

    assert upload.status_code == 403
    assert missing.status_code == 404
    assert signer.ticket(token, Purpose.REPORT).subject == session_id
    with pytest.raises(PermissionDeniedError, match="has expired"):
        late.ticket(token, Purpose.REPORT)


async def test_only_who_may_see_a_report_gets_its_link(site, reported):
    session_id, _ = reported

    async with site.talk(site.key(Role.USER, "mallory")) as talk:
        _, error = await talk.refused("get_report", session_id=session_id)

    assert error["error_type"] == "PermissionDeniedError"


def test_the_key_that_signs_is_made_once_and_read_by_its_owner_alone(settings, tmp_path):
    ticket = Ticket(purpose=Purpose.REPORT, subject="a", expires_at=2**40)
    token = signer_of(settings, tmp_path).token(ticket)

    again = signer_of(settings, tmp_path)

    assert again.ticket(token, Purpose.REPORT) == ticket
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / FILE_NAME).read_text() not in repr(again)
    assert not list(tmp_path.glob(".launcher.key*"))


@pytest.mark.parametrize(("key", "is_enough"), [("x" * 31, False), ("x" * 32, True)])
def test_a_key_of_the_settings_has_to_be_long(settings, tmp_path, key, is_enough):
    own = LauncherSettings(signing_key=key)
    changed = settings.model_copy(update={"launcher": own})

    if is_enough:
        assert signer_of(changed, tmp_path).until(1) > 0
        assert not (tmp_path / FILE_NAME).exists()
        return
    with pytest.raises(SettingsError, match="fewer than 32 characters") as caught:
        signer_of(changed, tmp_path)
    assert key not in str(caught.value)


def test_links_lead_where_the_settings_say_and_hold_as_long():
    signer = Signer(b"k" * 32, lambda: 1000)
    own = LauncherSettings(url="https://tools.example/smoke/", upload_link_minutes=2, report_link_minutes=3)
    links = SignedLinks(signer, own)

    upload = links.upload("up_1", "alice", "a.csv", 5)
    report = links.report("upload_1")

    assert upload.startswith("https://tools.example/smoke/files/upload/")
    assert signer.ticket(upload.rpartition("/")[2], Purpose.UPLOAD).expires_at == 1000 + 120
    assert signer.ticket(report.rpartition("/")[2], Purpose.REPORT).expires_at == 1000 + 180

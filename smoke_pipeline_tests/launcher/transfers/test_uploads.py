"""Files on their way in: whole or not at all, once, and only what the link is for."""

import asyncio
import hashlib
import itertools
import os
import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from starlette.requests import Request

from smoke_pipeline.errors import (
    FileTooLargeError,
    InvalidOptionError,
    ObjectNotFoundError,
    StorageFullError,
    UnsupportedFileTypeError,
    UploadError,
)
from smoke_pipeline.history.access.roles import LOCAL, PERMISSIONS, Identity
from smoke_pipeline.history.keeping.files import Files
from smoke_pipeline.history.records import FileKind, Role
from smoke_pipeline.launcher.transfers.inbox import Inbox
from smoke_pipeline.launcher.transfers.receiving import BLOCK, receive
from smoke_pipeline.launcher.transfers.signing import Purpose, Ticket
from smoke_pipeline.settings.model import UploadSettings

pytestmark = [pytest.mark.anyio, pytest.mark.services]

TABLE = b"id,x\n1,10\n2,20\n"
FEW = how(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


async def cut(site, url, data, promised, *, headers=""):
    """Begin a PUT and break off the connection after `data`."""
    host, _, port = site.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    path = url.removeprefix(site.url)
    head = f"PUT {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {promised}\r\n{headers}\r\n"
    writer.write(head.encode() + data)
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    del reader


async def settled(look, wanted):
    """What `look` gives once it is what was wanted, or after a while."""
    for _ in range(300):
        if look() == wanted:
            break
        await asyncio.sleep(0.01)
    return look()


async def test_a_file_comes_in_and_is_written_down(site, link, around):
    url, upload_id = link(len(TABLE))

    answer = await site.http.put(url, content=TABLE)

    found = Inbox(around).find(upload_id, LOCAL)
    assert answer.status_code == 201
    assert answer.json()["sha256"] == hashlib.sha256(TABLE).hexdigest() == found.row.sha256
    assert found.path.read_bytes() == TABLE
    assert found.path.stat().st_mode & 0o077 == 0
    assert (found.row.kind, found.row.size_bytes, found.row.client_id) == (FileKind.UPLOAD, 15, "local")
    assert Files(around.database).at(found.row.path) == found.row


async def test_a_link_works_once(site, link):
    url, upload_id = link(len(TABLE))
    await site.http.put(url, content=TABLE)

    again = await site.http.put(url, content=TABLE)

    assert again.status_code == 409
    assert "handed in already" in again.json()["error_message"]
    assert upload_id in again.json()["suggestions"][0]
    assert (await site.http.head(url)).headers["upload-offset"] == str(len(TABLE))


@FEW
@given(size=st.integers(1, 3 * BLOCK // 2), data=st.data())
async def test_a_file_that_is_cut_anywhere_leaves_nothing(site, link, lying, size, data):
    sent = data.draw(st.integers(0, size - 1))
    url, upload_id = link(size) if size <= 1_000_000 else link(1_000_000)
    size = min(size, 1_000_000)
    sent = min(sent, size - 1)

    await cut(site, url, b"x" * sent, size)

    assert not [one for one in await settled(lying, []) if upload_id in one]


@FEW
@given(cuts=st.lists(st.integers(1, 999_999), max_size=3, unique=True))
async def test_a_file_that_comes_in_parts_is_whole_in_the_end(site, link, cuts):
    content = os.urandom(1_000_000)
    url, upload_id = link(len(content))
    bounds = [0, *sorted(cuts), len(content)]

    for start, end in itertools.pairwise(bounds):
        offset = int((await site.http.head(url)).headers["upload-offset"])
        assert offset == start
        ranged = {"Content-Range": f"bytes {start}-{end - 1}/{len(content)}"}
        answer = await site.http.put(url, content=content[start:end], headers=ranged)
        assert answer.status_code == (201 if end == len(content) else 202)

    assert answer.json()["sha256"] == hashlib.sha256(content).hexdigest()
    assert Inbox(site.around).find(upload_id, LOCAL).path.read_bytes() == content


@FEW
@given(sent=st.integers(0, 999_999))
async def test_a_part_that_is_cut_can_be_gone_on_with(site, link, sent):
    content = os.urandom(1_000_000)
    url, upload_id = link(len(content))
    ranged = f"Content-Range: bytes 0-999999/{len(content)}\r\n"
    await cut(site, url, content[:sent], len(content), headers=ranged)

    answer = None
    for _ in range(300):
        offset = int((await site.http.head(url)).headers["upload-offset"])
        rest = {"Content-Range": f"bytes {offset}-999999/1000000"}
        answer = await site.http.put(url, content=content[offset:], headers=rest)
        if answer.status_code != 409:  # the request that was cut may still be letting go
            break
        await asyncio.sleep(0.01)

    assert answer.status_code == 201
    assert Inbox(site.around).find(upload_id, LOCAL).path.read_bytes() == content


@pytest.mark.parametrize(
    ("content", "headers", "refusal"),
    [
        (TABLE + b"x", {}, (413, "More comes than the 15 bytes")),
        (TABLE[:-1], {}, (400, "brings 14 bytes, and 15 are expected")),
        (TABLE, {"Content-Range": "bytes 0-14/16"}, (400, "does not fit")),
        (TABLE, {"Content-Range": "bytes 5-2/15"}, (400, "does not fit")),
        (TABLE, {"Content-Range": "bytes x"}, (400, "does not fit")),
        (TABLE[5:], {"Content-Range": "bytes 5-14/15"}, (409, "cannot go on from byte 5")),
    ],
)
async def test_what_the_link_is_not_for_is_refused(site, link, lying, content, headers, refusal):
    url, _ = link(len(TABLE))

    answer = await site.http.put(url, content=content, headers=headers)

    status, words = refusal
    assert answer.status_code == status
    assert words in answer.json()["error_message"]
    assert lying() == []


async def test_more_than_was_said_is_noticed_where_no_length_is_told(site, link, lying):
    url, _ = link(len(TABLE))

    async def stream():
        for _ in range(100):
            yield b"x" * 1000

    answer = await site.http.put(url, content=stream())

    assert answer.status_code == 413
    assert lying() == []


async def test_less_than_was_said_is_noticed_where_no_length_is_told(site, link, lying):
    url, _ = link(len(TABLE))

    async def stream():
        yield TABLE[:3]

    answer = await site.http.put(url, content=stream())

    assert answer.status_code == 409
    assert "the file is not whole" in answer.json()["error_message"]
    assert lying() == []


@pytest.mark.parametrize("ranged", [{}, {"Content-Range": "bytes 0-14/15"}])
async def test_a_request_that_falls_silent_is_given_up(site, link, around, ranged):
    url, upload_id = link(len(TABLE))
    ticket = site.desk.links._signer.ticket(url.rpartition("/")[2], Purpose.UPLOAD)
    messages = [{"type": "http.request", "body": TABLE[:7], "more_body": True}]

    async def silent():
        if messages:
            return messages.pop()
        await asyncio.Event().wait()
        return None

    headers = [(name.lower().encode(), value.encode()) for name, value in ranged.items()]
    request = Request({"type": "http", "method": "PUT", "headers": headers}, silent)
    with pytest.raises(UploadError, match="Only 7 bytes came"):
        await receive(request, Inbox(around), ticket, stall_s=0.05)

    left = around.uploads / f".{upload_id}.unfinished"
    assert (left.read_bytes() if left.exists() else b"") == (TABLE[:7] if ranged else b"")


def test_a_file_for_which_there_is_no_room_is_refused_before_a_byte_comes(around):
    roomy = around.settings.model_copy(update={"uploads": UploadSettings(max_bytes=2**62)})

    with pytest.raises(StorageFullError, match="has no room for"):
        Inbox(replace(around, settings=roomy)).require_welcome("a.csv", 2**61)


async def test_two_requests_at_once_do_not_mix(site, link):
    url, upload_id = link(1_000_000)
    gate = asyncio.Event()

    async def slowly():
        yield b"a" * 500_000
        await gate.wait()
        yield b"a" * 500_000

    first = asyncio.create_task(site.http.put(url, content=slowly()))
    folder = site.around.uploads
    await settled(lambda: bool(list(folder.glob(".up_*"))) if folder.is_dir() else False, True)
    second = await site.http.put(url, content=b"b" * 1_000_000)
    gate.set()

    assert second.status_code == 409
    assert "just being handed in" in second.json()["error_message"]
    assert (await first).status_code == 201
    assert set(Inbox(site.around).find(upload_id, LOCAL).path.read_bytes()) == {ord("a")}


@pytest.mark.parametrize("change", ["expired", "forged", "other purpose", "nonsense", "other key"])
async def test_a_link_that_is_none_of_ours_opens_nothing(site, link, lying, change):
    url, upload_id = link(len(TABLE))
    head, _, token = url.rpartition("/")
    signer = site.desk.links._signer
    ticket = Ticket(purpose=Purpose.UPLOAD, subject=upload_id, file_name="a.csv", size_bytes=15)
    token = {
        "expired": lambda: signer.token(ticket),
        "forged": lambda: ("A" if token[3] != "A" else "B").join((token[:3], token[4:])),
        "other purpose": lambda: site.desk.links.report("upload_1").rpartition("/")[2],
        "nonsense": lambda: "x" * 50,
        "other key": lambda: type(signer)(b"k" * 32).token(ticket),
    }[change]()

    answer = await site.http.put(f"{head}/{token}", content=TABLE)

    assert answer.status_code == 403
    assert answer.json()["suggestions"] == ["Ask for a new link: create_upload or get_report makes one."]
    assert lying() == []


@pytest.mark.parametrize(
    ("name", "size_bytes", "error", "words"),
    [
        ("a.csv", 1_000_001, FileTooLargeError, "the limit is 1 MB"),
        ("a.pdf", 1, UnsupportedFileTypeError, "not of a type that can be compared"),
        ("a", 1, UnsupportedFileTypeError, "not of a type"),
        ("../a.csv", 1, InvalidOptionError, "cannot be the name"),
        ("b\\a.csv", 1, InvalidOptionError, "cannot be the name"),
        (".a.csv", 1, InvalidOptionError, "cannot be the name"),
        ("a\x00.csv", 1, InvalidOptionError, "cannot be the name"),
        (" ", 1, InvalidOptionError, "cannot be the name"),
        ("ä" * 101 + ".csv", 1, InvalidOptionError, "cannot be the name"),
    ],
)
def test_what_cannot_be_handed_in_is_refused_before_a_byte_comes(inbox, name, size_bytes, error, words):
    with pytest.raises(error, match=words):
        inbox.require_welcome(name, size_bytes)


def test_a_file_that_is_too_large_is_told_where_it_could_lie_instead(inbox):
    with pytest.raises(FileTooLargeError) as caught:
        inbox.require_welcome("a.csv", 6144 * 1024**2)

    assert "6,144 MB" in caught.value.message
    assert "download_storagegrid_file" in caught.value.suggestions[0]
    assert "paths" in caught.value.suggestions[1]


async def test_files_of_others_are_not_there(site, link, around):
    url, upload_id = link(len(TABLE), client="alice")
    await site.http.put(url, content=TABLE)
    bob = Identity(client_id="bob", role=Role.USER, permissions=PERMISSIONS[Role.USER])

    for nobodys in (upload_id, "up_0000000000000000", "../up_x", "", "up_" + "0" * 16 + "/.."):
        with pytest.raises(ObjectNotFoundError, match="No file was handed in"):
            Inbox(around).find(nobodys, bob)


async def test_what_was_begun_and_left_is_swept_away(site, link, lying):
    url, _ = link(len(TABLE))
    await site.http.put(url, content=TABLE[:5], headers={"Content-Range": "bytes 0-4/15"})
    (site.around.uploads / "up_0000000000000000").mkdir()
    inbox = Inbox(site.around)

    kept = inbox.sweep(older_than_s=60), len(lying())
    for path in site.around.uploads.iterdir():
        os.utime(path, (time.time() - 100, time.time() - 100))

    assert kept == (0, 2)
    assert inbox.sweep(older_than_s=60) == 1
    assert lying() == []

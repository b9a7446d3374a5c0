"""Files become sides: by which rule, which of a ZIP, and what is refused before anything is changed."""

import zipfile

import pytest

from smoke_pipeline.history.keeping.files import Files
from smoke_pipeline.history.records import Status
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import UploadSettings
from smoke_pipeline.smoke_test.keeping.closing import close_session
from smoke_pipeline.smoke_test.surroundings import spec_of

pytestmark = [pytest.mark.anyio, pytest.mark.services]

BEFORE = "id,x\n1,10\n2,20\n"
AFTER = "id,x\n1,10\n2,21\n3,30\n"


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(root):
    found = load_settings(environ={})
    own = found.launcher.model_copy(update={"roots": (root,)})
    return found.model_copy(update={"launcher": own, "uploads": UploadSettings(max_bytes=1_000_000)})


@pytest.fixture
def zipped(root):
    """A ZIP below the root with these members."""

    def zipped(**members):
        with zipfile.ZipFile(root / "both.zip", "w") as archive:
            for name, text in members.items():
                archive.writestr(name.replace("_", "."), text)
        return "both.zip"

    return zipped


async def uploaded(site, talk, name, text):
    link = await talk.do("create_upload", filename=name, size_bytes=len(text))
    assert (await site.http.put(link["put_url"], content=text.encode())).status_code == 201
    return link["upload_id"]


async def finished(talk, job):
    while job["poll_after_seconds"] is not None:
        job = await talk.do("get_progress", job_id=job["job_id"], wait_seconds=20)
    assert job["state"] == "succeeded", job
    return job


async def test_one_file_opens_a_session_and_the_next_is_its_target(site):
    async with site.talk() as talk:
        first = await uploaded(site, talk, "orders.csv", BEFORE)
        source = await talk.do("handle_uploaded_files", upload_ids=[first])
        await finished(talk, source)
        second = await uploaded(site, talk, "orders_2.csv", AFTER)
        target = await talk.do("handle_uploaded_files", upload_ids=[second], session_id=source["session_id"])
        taken = await finished(talk, target)

    session = site.around.history.session(source["session_id"])
    rows = {row.path.rpartition("/")[2]: row.session_id for row in Files(site.around.database).every()}
    assert (session.test_type, session.test_name) == ("upload", "orders.csv")
    assert (source["source"], source["target"]) == ("orders.csv", None)
    assert (source["ready_for_comparison"], target["ready_for_comparison"]) == (False, True)
    assert "1 more rows than the source" in taken["summary_text"]
    assert rows == {"orders.csv": session.session_id, "orders_2.csv": session.session_id}


@pytest.mark.parametrize(
    ("names", "rule", "source"),
    [
        (("new.csv", "old.csv"), "name", "old.csv"),
        (("a.csv", "b.csv"), "order", "a.csv"),
        (("sub/a.csv", "a.csv"), "order", "a.csv"),
    ],
)
async def test_of_two_files_at_once_the_rule_is_told(connect, root, names, rule, source):
    (root / "sub").mkdir()
    for name, text in zip(names, (BEFORE, AFTER), strict=True):
        (root / name).write_text(text)
    async with connect() as talk:
        answer = await talk.ask("handle_uploaded_files", paths=list(names))
    handed = answer.structured_content

    assert (handed["role_rule"], handed["source"]) == (rule, source)
    assert handed["ready_for_comparison"] is True
    assert "ask the user whether to compare them now" in answer.content[0].text


async def test_the_same_files_again_are_the_same_session(site):
    async with site.talk() as talk:
        upload_id = await uploaded(site, talk, "a.csv", BEFORE)
        first = await talk.do("handle_uploaded_files", upload_ids=[upload_id])
        await finished(talk, first)
        again = await talk.do("handle_uploaded_files", upload_ids=[upload_id])

    assert again["session_id"] == first["session_id"]
    assert again["source"] == "a.csv"
    assert len(site.around.history.sessions()) == 1


async def test_a_file_of_a_closed_session_opens_another(site):
    async with site.talk() as talk:
        upload_id = await uploaded(site, talk, "a.csv", BEFORE)
        first = await talk.do("handle_uploaded_files", upload_ids=[upload_id])
        await finished(talk, first)
        close_session(first["session_id"], Status.CANCELLED, site.around)
        second = await talk.do("handle_uploaded_files", upload_ids=[upload_id])
        await finished(talk, second)

    assert second["session_id"] != first["session_id"]


async def test_the_same_request_again_is_the_same_session_and_run(connect, root, around, dagster):
    (root / "a.csv").write_text(BEFORE)
    (root / "b.csv").write_text(AFTER)
    async with connect() as talk:
        calls = [
            await talk.do("handle_uploaded_files", paths=["a.csv", "b.csv"], idempotency_key="k")
            for _ in range(2)
        ]
        await finished(talk, calls[1])

    assert len(around.history.sessions()) == 1
    assert [run.job_name for run in dagster.runs.values()] == ["take_source", "take_target"]
    assert calls[0]["job_id"] == calls[1]["job_id"]


async def test_a_zip_with_several_csvs_asks_which_one(connect, zipped, around):
    name = zipped(before_csv=BEFORE, after_csv=AFTER)
    async with connect() as talk:
        words, error = await talk.refused("handle_uploaded_files", paths=[name])
        opened = len(around.history.sessions())
        source = await talk.do(
            "handle_uploaded_files", paths=[name], zip_member="before.csv", file_role="source"
        )
        await finished(talk, source)
        target = await talk.do(
            "handle_uploaded_files",
            paths=[name],
            zip_member="after.csv",
            file_role="target",
            session_id=source["session_id"],
        )
        await finished(talk, target)
        compared = await talk.finished("compare_csv_files", session_id=source["session_id"])

    assert error["error_type"] == "ArchiveChoiceError"
    assert words.startswith("ArchiveChoiceError: both.zip holds 2 CSVs: before.csv (15 bytes), after.csv (20")
    assert "zip_member='before.csv'" in error["suggestions"][0]
    assert "--read-source" not in words
    assert opened == 0
    assert compared["verdict"] == "failed"


@pytest.mark.parametrize(
    ("file", "arguments", "refusal"),
    [
        (("a.csv", b"%PDF-1.7"), {}, ("UnsupportedFileTypeError", "a.csv is a PDF")),
        (("a.csv", b""), {}, ("CsvFormatError", "a.csv")),
        (("a.csv", b"id\n1\n"), {"zip_member": "x.csv"}, ("NoCsvInArchiveError", "a.csv is no ZIP")),
        (("a.csv", b"id\n1\n"), {"file_role": "target"}, ("SessionStateError", "source has not been taken")),
        (("a.zip", b"PK\x03\x04rubbish"), {}, ("UnsafeArchiveError", "a.zip is not a ZIP")),
    ],
)
async def test_what_is_no_table_is_told_by_its_name_and_no_path(site, around, root, file, arguments, refusal):
    (name, content), (error, words) = file, refusal
    async with site.talk() as talk:
        if content:
            text = content.decode("latin-1")
            arguments = {**arguments, "upload_ids": [await uploaded(site, talk, name, text)]}
        else:
            (root / name).write_bytes(content)
            arguments = {**arguments, "paths": [name]}
        told, payload = await talk.refused("handle_uploaded_files", **arguments)

    assert payload["error_type"] == error
    assert words in told
    assert str(around.data_folder) not in told
    assert payload["suggestions"]


async def test_a_zip_without_a_csv_says_what_it_holds(connect, zipped):
    async with connect() as talk:
        words, error = await talk.refused("handle_uploaded_files", paths=[zipped(note_md="x")])

    assert error["error_type"] == "NoCsvInArchiveError"
    assert "note.md" in words


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "not 0"),
        ({"paths": ["a.csv", "a.csv"]}, "two different ones"),
        ({"paths": ["a.csv", "b.csv"], "file_role": "source"}, "cannot both be the source"),
    ],
)
async def test_a_request_that_makes_no_sense_opens_no_session(connect, root, around, arguments, words):
    for name in ("a.csv", "b.csv"):
        (root / name).write_text(BEFORE)
    async with connect() as talk:
        told, _ = await talk.refused("handle_uploaded_files", **arguments)

    assert words in told
    assert around.history.sessions() == []


async def test_a_third_file_has_to_say_which_it_replaces(connect, root, around):
    for name in ("a.csv", "b.csv", "c.csv"):
        (root / name).write_text(BEFORE)
    async with connect() as talk:
        both = await talk.do("handle_uploaded_files", paths=["a.csv", "b.csv"])
        await finished(talk, both)
        session_id = both["session_id"]
        words, _ = await talk.refused("handle_uploaded_files", paths=["c.csv"], session_id=session_id)
        again = await talk.do(
            "handle_uploaded_files", paths=["c.csv"], session_id=session_id, file_role="target"
        )
        await finished(talk, again)

    assert "has both sides already" in words
    assert spec_of(around.history.session(session_id)).target.path.endswith("c.csv")


async def test_without_http_no_link_is_made_and_that_is_said(connect):
    async with connect() as talk:
        words, _ = await talk.refused("create_upload", filename="a.csv", size_bytes=5)

    assert "paths=" in words
    assert "smoke mcp --http" in words


async def test_only_the_members_of_the_settings_are_read(connect, root):
    (root.parent / "outside.csv").write_text(BEFORE)
    (root / "link.csv").symlink_to(root.parent / "outside.csv")
    async with connect() as talk:
        for path in ("../outside.csv", str(root.parent / "outside.csv"), "link.csv"):
            words, error = await talk.refused("handle_uploaded_files", paths=[path])
            assert error["error_type"] == "AccessDeniedError", words

"""Use case C: two files of the user's, with its alternative flows."""

import zipfile

import pytest

pytestmark = [pytest.mark.anyio, pytest.mark.services]

MOST_TOKENS = 6_000


@pytest.fixture
def files(root):
    (root / "before.csv").write_text("id,amount\n1,10\n2,20\n3,30\n")
    (root / "after.csv").write_text("id,amount\n1,10\n2,21\n")
    return str(root / "before.csv"), str(root / "after.csv")


async def test_from_the_first_file_to_the_report(recorded, files):
    source = await recorded.finished("handle_uploaded_files", paths=[files[0]])
    session_id = source["session_id"]
    target = await recorded.finished("handle_uploaded_files", paths=[files[1]], session_id=session_id)
    found = await recorded.finished("compare_csv_files", session_id=session_id, key_columns=["id"])
    report = await recorded.do("get_report", session_id=session_id)

    assert "1 fewer rows than the source" in target["summary_text"]
    assert (found["verdict"], report["match_score"]) == ("failed", "33.33")
    assert recorded.tokens < recorded.tokens_with_facts < MOST_TOKENS


async def test_both_files_at_once_get_their_roles_by_name(recorded, files):
    answer = await recorded.do("handle_uploaded_files", paths=[files[1], files[0]])

    assert (answer["source"], answer["target"]) == ("before.csv", "after.csv")
    assert (answer["role_rule"], answer["ready_for_comparison"]) == ("name", True)


async def test_a_zip_with_several_csvs_asks_which_one(recorded, root):
    with zipfile.ZipFile(root / "two.zip", "w") as archive:
        archive.writestr("data/a.csv", "id\n1\n")
        archive.writestr("data/b.csv", "id\n1\n2\n")
    path = str(root / "two.zip")

    words, payload = await recorded.refused("handle_uploaded_files", paths=[path])
    chosen = await recorded.finished("handle_uploaded_files", paths=[path], zip_member="data/b.csv")

    assert payload["error_type"] == "ArchiveChoiceError"
    assert "data/a.csv" in words
    assert "2 rows, 1 columns" in chosen["summary_text"]


async def test_a_zip_without_a_csv_is_refused(recorded, root):
    with zipfile.ZipFile(root / "none.zip", "w") as archive:
        archive.writestr("picture.png", "nothing")

    words = await recorded.failed("handle_uploaded_files", paths=[str(root / "none.zip")])

    assert words.startswith("NoCsvInArchiveError")


async def test_another_type_of_file_is_refused(recorded, root):
    (root / "book.xlsx").write_bytes(b"PK\x03\x04" + bytes(100))

    words = await recorded.failed("handle_uploaded_files", paths=[str(root / "book.xlsx")])

    assert words.split(":")[0] in ("UnsupportedFileTypeError", "UnsafeArchiveError")


async def test_a_file_outside_of_the_roots_is_refused(recorded, tmp_path):
    (tmp_path / "secret.csv").write_text("id\n1\n")

    words, payload = await recorded.refused("handle_uploaded_files", paths=[str(tmp_path / "secret.csv")])

    assert payload["status"] == "error"
    assert "roots" in words


async def test_without_http_the_user_is_asked_for_a_path(recorded):
    words, _ = await recorded.refused("create_upload", filename="a.csv", size_bytes=10)

    assert "paths" in words

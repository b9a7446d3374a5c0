"""Where the sides of a session lie."""

from pathlib import Path

import pytest

from smoke_pipeline.errors import FileTooLargeError, InvalidOptionError, SessionStateError
from smoke_pipeline.readers.base import ReadOptions
from smoke_pipeline.settings.model import Settings, UploadSettings
from smoke_pipeline.smoke_test.places import Whereabouts, has_one_place, pinned, place_of, refuse_one_place
from smoke_pipeline.smoke_test.spec import PathSide, SessionSpec, UploadSide
from smoke_pipeline.snapshots.manifest import Side


def at(uploads: Path) -> Whereabouts:
    return Whereabouts(settings=Settings(), uploads=uploads)


def test_the_targets_default_is_the_sources_place(tmp_path):
    spec = SessionSpec(source=PathSide(path="/data/a.csv"))

    assert place_of(spec, Side.TARGET, at(tmp_path)) == place_of(spec, Side.SOURCE, at(tmp_path))
    assert has_one_place(spec, at(tmp_path))


def test_a_link_to_the_source_is_the_same_place(tmp_path):
    (tmp_path / "a.csv").write_text("a\n1\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.csv")

    spec = SessionSpec(
        source=PathSide(path=str(tmp_path / "a.csv")), target=PathSide(path=str(tmp_path / "link.csv"))
    )

    assert has_one_place(spec, at(tmp_path))


def test_an_upload_and_a_path_to_it_are_the_same_place(tmp_path):
    (tmp_path / "a.csv").write_text("a\n1\n")

    spec = SessionSpec(source=UploadSide(path="a.csv"), target=PathSide(path=str(tmp_path / "a.csv")))

    assert has_one_place(spec, at(tmp_path))


def test_a_pinned_path_starts_at_the_root_and_keeps_its_links(tmp_path, monkeypatch):
    (tmp_path / "2026").mkdir()
    (tmp_path / "latest").symlink_to(tmp_path / "2026")
    monkeypatch.chdir(tmp_path)

    assert pinned(PathSide(path="latest/a.csv")) == PathSide(path=str(tmp_path / "latest" / "a.csv"))


def test_an_upload_is_read_below_the_upload_folder(tmp_path):
    place = place_of(SessionSpec(source=UploadSide(path="x/a.csv")), Side.SOURCE, at(tmp_path))

    assert (place.path, place.origin) == (tmp_path / "x" / "a.csv", "upload:x/a.csv")


@pytest.mark.parametrize("path", ["../a.csv", "/etc/passwd", "x/../../a.csv", "", ".", "a\0b", "out/a.csv"])
def test_an_upload_may_not_leave_the_upload_folder(path, tmp_path):
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    (uploads / "out").symlink_to(tmp_path)

    with pytest.raises(InvalidOptionError, match="upload folder"):
        place_of(SessionSpec(source=UploadSide(path=path)), Side.SOURCE, at(uploads))


def test_one_place_taken_at_once_is_refused_with_the_way_out():
    spec = SessionSpec(source=PathSide(path="/data/a.csv"))

    with pytest.raises(SessionStateError, match=r"same place, /data/a\.csv") as caught:
        refuse_one_place(spec, at(Path("/uploads")))

    assert any("smoke continue" in words for words in caught.value.suggestions)


def test_an_upload_may_be_no_larger_than_the_settings_allow(tmp_path):
    (tmp_path / "a.csv").write_text("a\n1\n")
    settings = Settings(uploads=UploadSettings(max_bytes=3))
    where = Whereabouts(settings=settings, uploads=tmp_path)
    sides = UploadSide(path="a.csv"), PathSide(path=str(tmp_path / "a.csv"))
    upload, path = (place_of(SessionSpec(source=side), Side.SOURCE, where) for side in sides)

    with pytest.raises(FileTooLargeError):
        upload.require(ReadOptions())
    path.require(ReadOptions())

import json
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smoke_pipeline.errors import ObjectNotFoundError
from smoke_pipeline.report.bundle import write_bundle
from smoke_pipeline.report.review.verifying import verify_bundle
from smoke_pipeline.settings.model import ReportSettings
from smoke_pipeline_tests.report.results import result, rich

SMALL = ReportSettings(formats=("csv", "json", "md", "parquet"))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Path:
    return write_bundle(rich(), tmp_path_factory.mktemp("bundle"), name="r", settings=SMALL).zip_path


def rewritten(bundle: Path, folder: Path, change) -> Path:
    """A zip of other members, without a seal."""
    with ZipFile(bundle) as old:
        members = {name: old.read(name) for name in old.namelist()}
    change(members)
    path = folder / "other.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as new:
        for name, data in members.items():
            new.writestr(name, data)
    return path


def test_a_bundle_as_it_was_written_is_whole(bundle):
    found = verify_bundle(bundle)

    assert found.is_whole
    assert found.members[:2] == ("mismatches.csv", "summary.json")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_changed_byte_is_found(bundle, tmp_path, data):
    content = bytearray(bundle.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(content)

    assert not verify_bundle(damaged).is_whole


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_missing_or_added_bytes_are_found(bundle, tmp_path, data):
    content = bundle.read_bytes()
    place = data.draw(st.integers(0, len(content) - 1))
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(
        data.draw(st.sampled_from([content[:place], content[place + 1 :], content + b"x", b"x" + content]))
    )

    assert not verify_bundle(damaged).is_whole


def test_a_changed_member_is_named(bundle, tmp_path):
    path = rewritten(bundle, tmp_path, lambda members: members.update({"summary.md": b"All is well.\n"}))

    assert "summary.md is not what was written." in verify_bundle(path).problems


def test_a_member_that_nobody_knows_is_named(bundle, tmp_path):
    path = rewritten(bundle, tmp_path, lambda members: members.update({"more.\x1b[2J.txt": b""}))

    assert any("the manifest does not know it" in one for one in verify_bundle(path).problems)
    assert "\x1b" not in "".join(verify_bundle(path).problems)


@pytest.mark.parametrize("name", ["mismatches.csv", "run.json", "manifest.json"])
def test_a_missing_member_is_named(bundle, tmp_path, name):
    path = rewritten(bundle, tmp_path, lambda members: members.pop(name))

    assert any(name in one for one in verify_bundle(path).problems)


@pytest.mark.parametrize(
    "text",
    [
        b"[]",
        b"{}",
        b"nonsense",
        json.dumps({"format": 99, "members": {}}).encode(),
        b'{"format":1,"members":{"a":1}}',
    ],
)
def test_a_manifest_that_is_none_is_told(bundle, tmp_path, text):
    path = rewritten(bundle, tmp_path, lambda members: members.update({"manifest.json": text}))

    assert verify_bundle(path).problems


def test_a_member_of_more_than_its_size_is_not_read_to_its_end(bundle, tmp_path):
    path = rewritten(bundle, tmp_path, lambda members: members.update({"mismatches.csv": b"0" * 20_000_000}))

    assert "mismatches.csv is not what was written." in verify_bundle(path).problems


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_bundle_is_not_whole(tmp_path, content):
    (tmp_path / "x.zip").write_bytes(content)

    assert not verify_bundle(tmp_path / "x.zip").is_whole


def test_what_is_not_there_is_told(tmp_path):
    with pytest.raises(ObjectNotFoundError, match="There is no file"):
        verify_bundle(tmp_path / "x.zip")


def test_the_same_result_is_sealed_alike(tmp_path):
    one, other = (
        write_bundle(result(), tmp_path / name, name="r", settings=SMALL).zip_path for name in ("a", "b")
    )

    with ZipFile(one) as first, ZipFile(other) as second:
        names = [name for name in first.namelist() if name != "run.json"]
        assert [first.read(name) for name in names] == [second.read(name) for name in names]

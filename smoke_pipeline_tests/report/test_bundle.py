import errno
import hashlib
import io
import json
import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from smoke_pipeline.comparison.result import EngineFacts
from smoke_pipeline.errors import InvalidOptionError, StorageFullError
from smoke_pipeline.report.bundle import require_place, write_bundle
from smoke_pipeline.settings.model import ReportSettings
from smoke_pipeline.snapshots.manifest import SnapshotManifest
from smoke_pipeline_tests.report.results import result, rich

MEMBERS = ["report.html", "mismatches.csv", "summary.json", "manifest.json", "run.json"]


def write(folder: Path, found=None, name="report", at=datetime(2026, 1, 2, tzinfo=UTC)):
    return write_bundle(found or rich(), folder, name=name, settings=ReportSettings(), now=lambda: at)


def members(path: Path) -> dict[str, bytes]:
    with ZipFile(path) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


class FullDisk(type(Path())):
    """A folder whose files take a kilobyte."""

    def open(self, *args, **kwargs):
        super().open(*args, **kwargs).close()
        return _Full()


class _Full(io.BytesIO):
    def write(self, data):
        if self.tell() + len(data) > 1024:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


def test_the_bundle_holds_its_members_in_order(tmp_path):
    written = write(tmp_path / "new" / "folder")

    assert written.zip_path == tmp_path / "new" / "folder" / "report.zip"
    assert list(members(written.zip_path)) == MEMBERS == list(written.members)
    assert written.size_bytes == written.zip_path.stat().st_size


def test_the_manifest_has_the_digest_of_every_member_but_itself_and_the_volatile_one(tmp_path):
    found = members(write(tmp_path).zip_path)
    manifest = json.loads(found["manifest.json"])

    assert list(manifest["members"]) == ["report.html", "mismatches.csv", "summary.json"]
    for name, facts in manifest["members"].items():
        assert facts["sha256"] == hashlib.sha256(found[name]).hexdigest()
        assert facts["size_bytes"] == len(found[name])


def test_the_manifest_has_the_facts_of_both_snapshots(tmp_path):
    manifest = json.loads(members(write(tmp_path).zip_path)["manifest.json"])

    assert SnapshotManifest.from_dict(manifest["source"]) == rich().source
    assert SnapshotManifest.from_dict(manifest["target"]) == rich().target


def test_the_same_result_gives_the_same_zip(tmp_path):
    one, other = write(tmp_path / "one"), write(tmp_path / "other")

    assert one.zip_path.read_bytes() == other.zip_path.read_bytes()


def test_another_run_changes_nothing_but_the_facts_of_the_run(tmp_path):
    slower = replace(rich(), engine=EngineFacts(chunks=9, elapsed_s=99.0))
    one = members(write(tmp_path / "one").zip_path)
    other = members(write(tmp_path / "other", slower, at=datetime(2027, 1, 1, tzinfo=UTC)).zip_path)

    assert {name for name in MEMBERS if one[name] != other[name]} == {"run.json"}


def test_a_report_of_that_name_is_replaced(tmp_path):
    write(tmp_path, result())

    written = write(tmp_path)

    assert json.loads(members(written.zip_path)["summary.json"])["matched"] == 95
    assert [path.name for path in tmp_path.iterdir()] == ["report.zip"]


def test_a_full_disk_leaves_nothing_behind_and_the_old_report_as_it_was(tmp_path):
    before = write(tmp_path, result()).zip_path.read_bytes()

    with pytest.raises(StorageFullError, match="is full"):
        write(FullDisk(tmp_path))

    assert [path.name for path in tmp_path.iterdir()] == ["report.zip"]
    assert (tmp_path / "report.zip").read_bytes() == before


def test_a_limit_of_the_system_is_a_full_disk_wherever_it_strikes(tmp_path):
    program = """
        import resource, sys
        from pathlib import Path
        from smoke_pipeline.errors import StorageFullError
        from smoke_pipeline.report.bundle import require_place, write_bundle
        from smoke_pipeline.settings.model import ReportSettings
        from smoke_pipeline_tests.report.results import rich

        for limit in (0, 10, 3000, 5000, 5500, 6000, 6500, 7000):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            try:
                write_bundle(rich(), Path(sys.argv[1]), name="report", settings=ReportSettings())
            except StorageFullError:
                continue
            raise SystemExit(f"{limit} bytes were enough")
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (run.returncode, run.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(InvalidOptionError, match="is a file"):
        write(tmp_path / "file")


@pytest.mark.parametrize("name", ["", "a/b", "../b"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    with pytest.raises(InvalidOptionError, match="cannot be the name"):
        write(tmp_path, name=name)


def test_a_place_that_cannot_be_written_is_refused_before_any_work(tmp_path):
    (tmp_path / "file").touch()

    require_place(tmp_path / "not" / "there" / "yet")
    with pytest.raises(InvalidOptionError, match="is a file"):
        require_place(tmp_path / "file" / "below")

    assert not (tmp_path / "not").exists()

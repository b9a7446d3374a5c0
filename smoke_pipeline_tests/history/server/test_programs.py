"""Whom the embedded server runs as, and which programs that user can reach."""

import os
import subprocess
from pathlib import Path

import pytest

from smoke_pipeline.errors import HistoryUnavailableError
from smoke_pipeline.history.server.programs import (
    Account,
    installed_programs,
    reachable_programs,
    run_program,
    server_account,
)

STRANGER = Account(name="stranger", uid=os.geteuid() + 4321, gid=os.getegid() + 4321)
OURSELVES = Account(name="me", uid=os.geteuid(), gid=os.getegid())


@pytest.mark.parametrize(
    ("mode", "expected"), [(0o700, False), (0o711, True), (0o710, False), (0o766, False)]
)
def test_a_stranger_enters_a_folder_that_is_open_to_all(tmp_path, mode, expected):
    tmp_path.chmod(mode)

    found = STRANGER.can_enter(tmp_path)

    tmp_path.chmod(0o700)
    assert found is expected


def test_a_user_enters_a_folder_open_to_the_group(tmp_path):
    tmp_path.chmod(0o710)

    assert Account(name="colleague", uid=STRANGER.uid, gid=tmp_path.stat().st_gid).can_enter(tmp_path)


def test_the_owner_enters_by_the_owners_permission(tmp_path):
    assert OURSELVES.can_enter(tmp_path)


def test_the_server_never_runs_as_root(tmp_path):
    account = server_account(tmp_path / "pgdata")

    assert account.uid != 0
    assert account.is_ours == (os.geteuid() != 0)


def test_our_own_user_takes_the_programs_as_they_are(tmp_path):
    assert reachable_programs(tmp_path, tmp_path / "copy", OURSELVES) == tmp_path / "bin"


def test_programs_a_user_cannot_reach_are_copied(tmp_path):
    installed, folder = tmp_path / "installed", tmp_path / "folder"
    (installed / "bin").mkdir(parents=True)
    (installed / "include").mkdir()
    folder.mkdir()
    (installed / "bin" / "postgres").write_text("#!/bin/sh\nexit 1\n")
    (installed / "bin" / "postgres").chmod(0o700)

    found = reachable_programs(installed, folder, STRANGER)

    assert found.is_relative_to(folder)
    assert found.stat().st_mode & 0o777 == 0o755
    assert (found / "postgres").stat().st_mode & 0o777 == 0o755
    assert not (found.parent / "include").exists()
    assert reachable_programs(installed, folder, STRANGER) == found


def test_the_copied_programs_run_where_they_are(tmp_path):
    copied = reachable_programs(_locked_away(tmp_path), tmp_path, STRANGER)

    for program in ("postgres", "initdb", "pg_ctl"):
        words = subprocess.run([copied / program, "--version"], check=True, capture_output=True, text=True)
        assert words.stdout.startswith(f"{program} (PostgreSQL) 18")


def test_a_program_that_fails_is_quoted():
    with pytest.raises(HistoryUnavailableError, match=r"initdb failed: .*nonsense"):
        run_program(installed_programs() / "bin" / "initdb", ["--nonsense"], OURSELVES)


def _locked_away(folder: Path) -> Path:
    """The installed programs by a path that only we can follow; pytest's folders are ours alone."""
    installed, locked = installed_programs(), folder / "locked"
    locked.mkdir(mode=0o700)
    for found in installed.parents[1].glob(f"{installed.parent.name}*"):
        (locked / found.name).symlink_to(found)
    return locked / installed.parent.name / installed.name

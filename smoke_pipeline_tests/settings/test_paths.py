"""Where things lie."""

from pathlib import Path

import pytest

from smoke_pipeline.errors import SettingsError
from smoke_pipeline.settings.model import Settings
from smoke_pipeline.settings.paths import ROOT_DATA_FOLDER, data_folder, project_file


@pytest.mark.parametrize("name", ["config/settings.yaml", "templates", "workspace.yaml", "dagster.yaml"])
def test_what_is_shipped_is_found(name):
    assert project_file(name).exists()


def test_a_shipped_file_that_is_missing_is_an_error():
    with pytest.raises(SettingsError, match=r"no 'nix\.txt'"):
        project_file("nix.txt")


def test_the_chosen_data_folder_is_made(tmp_path):
    folder = data_folder(Settings(data_dir=tmp_path / "a" / "b"))

    assert folder == tmp_path / "a" / "b"
    assert folder.is_dir()


def test_a_relative_data_folder_lies_in_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert data_folder(Settings(data_dir=Path("here"))) == tmp_path / "here"


def test_the_default_data_folder_is_the_users(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)

    folder = data_folder(Settings(), is_root=False)

    assert folder.name == "smoke_pipeline"
    assert folder.is_relative_to(tmp_path)


def test_the_default_data_folder_of_root_lies_outside_roots_home():
    assert not ROOT_DATA_FOLDER.is_relative_to("/root")


def test_other_users_may_pass_through_what_root_makes_and_nothing_else_changes(tmp_path):
    before = tmp_path.stat().st_mode

    folder = data_folder(Settings(data_dir=tmp_path / "a" / "b"), is_root=True)

    assert [path.stat().st_mode & 0o777 for path in (folder, folder.parent)] == [0o711, 0o711]
    assert tmp_path.stat().st_mode == before


def test_a_data_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(SettingsError, match="cannot be made"):
        data_folder(Settings(data_dir=tmp_path / "file" / "below"))

"""Folders for sockets."""

import socket
import tempfile
from pathlib import Path

import pytest

from smoke_pipeline.errors import SettingsError
from smoke_pipeline.settings.sockets import socket_folder


def folder_for(folder: Path) -> Path:
    return socket_folder(folder, "code.sock", "the code server", SettingsError)


def test_a_short_plain_path_is_taken_as_it_is():
    assert folder_for(Path("/srv/smoke")) == Path("/srv/smoke")


@pytest.mark.parametrize("name", ["x" * 120, "with a space", "Ä", "100%"])
def test_a_socket_can_lie_in_the_folder_that_stands_for_another(tmp_path, monkeypatch, name):
    with tempfile.TemporaryDirectory() as short:
        monkeypatch.setattr(tempfile, "tempdir", short)

        found = folder_for(tmp_path / name)

        assert found == folder_for(tmp_path / name) != folder_for(tmp_path / f"{name}y")
        assert (found.parent, found.stat().st_mode & 0o7777) == (Path(short), 0o700)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(found / "code.sock"))


def test_a_folder_that_others_may_enter_is_refused(tmp_path, monkeypatch):
    with tempfile.TemporaryDirectory() as short:
        monkeypatch.setattr(tempfile, "tempdir", short)
        folder_for(tmp_path / "a b").chmod(0o755)

        with pytest.raises(SettingsError, match="belongs to somebody else"):
            folder_for(tmp_path / "a b")


def test_where_no_socket_can_lie_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / ("t" * 120)))

    with pytest.raises(SettingsError, match="will not do for the socket of the code server"):
        folder_for(tmp_path / ("y" * 120))

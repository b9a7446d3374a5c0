"""The embedded server: it outlives who started it, survives a crash, and opens no door."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import psycopg
import pytest

from smoke_pipeline.errors import HistoryUnavailableError
from smoke_pipeline.history.server.embedded import is_running, start_embedded, stop_embedded

pytestmark = pytest.mark.services

START = "import sys, pathlib; from smoke_pipeline.history.server.embedded import start_embedded as start"
START += "; print(start(pathlib.Path(sys.argv[1])))"


@pytest.fixture
def folder(open_folder, request):
    """A folder of the test's own, whose server is stopped afterwards."""
    own = open_folder / f"own-{abs(hash(request.node.name)):x}"
    yield own
    stop_embedded(own)


def ask(url: str, query: str) -> list[tuple]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def postmaster(folder: Path) -> psutil.Process:
    return psutil.Process(int((folder / "pgdata" / "postmaster.pid").read_text().split()[0]))


def modes(*paths: Path) -> dict[Path, str]:
    return {p: stat.filemode(p.stat().st_mode) for path in paths for p in (path, *path.parents)}


def test_it_starts_and_answers(folder):
    url = start_embedded(folder)

    assert ask(url, "SELECT current_user, current_database()") == [("postgres", "postgres")]
    assert is_running(folder)


def test_starting_it_again_finds_the_same_server(folder):
    first = start_embedded(folder)
    process = postmaster(folder)

    assert start_embedded(folder) == first
    assert postmaster(folder) == process


def test_it_outlives_the_process_that_started_it(folder):
    url = subprocess.run(
        [sys.executable, "-c", START, str(folder)], check=True, capture_output=True, text=True
    ).stdout.strip()

    assert ask(url, "SELECT 1") == [(1,)]


def test_two_processes_that_start_it_at_once_both_succeed(folder):
    command = [sys.executable, "-c", START, str(folder)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]

    urls = [process.communicate()[0].strip() for process in started]

    assert [process.returncode for process in started] == [0, 0]
    assert urls[0] == urls[1]
    assert ask(urls[0], "SELECT 1") == [(1,)]


def test_what_was_committed_survives_a_crash(folder):
    url = start_embedded(folder)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")

    postmaster(folder).send_signal(signal.SIGKILL)
    again = start_embedded(folder)

    assert ask(again, "SELECT n FROM kept") == [(7,)]


def test_a_stopped_server_starts_with_its_data(folder):
    with psycopg.connect(start_embedded(folder)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")

    stop_embedded(folder)
    stopped = not is_running(folder)

    assert stopped
    assert ask(start_embedded(folder), "SELECT n FROM kept") == [(7,)]


def test_stopping_does_not_wait_for_open_connections(folder):
    connection = psycopg.connect(start_embedded(folder), autocommit=True)

    stop_embedded(folder)

    assert not is_running(folder)
    connection.close()


def test_a_process_number_that_now_means_another_program_is_no_server(folder):
    start_embedded(folder)
    number = folder / "pgdata" / "postmaster.pid"
    lines = number.read_text().splitlines()
    stop_embedded(folder)
    number.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    assert not is_running(folder)
    assert ask(start_embedded(folder), "SELECT 1") == [(1,)]


def test_nothing_that_was_there_before_changes_its_permissions(folder):
    package = Path(sys.prefix)
    before = modes(folder.parent, package)

    start_embedded(folder)

    assert modes(folder.parent, package) == before


def test_only_its_own_user_may_enter_the_data(folder):
    start_embedded(folder)

    assert stat.S_IMODE((folder / "pgdata").stat().st_mode) == 0o700
    assert not stat.S_IMODE(folder.stat().st_mode) & 0o066


def test_nothing_listens_on_the_network(folder):
    assert ask(start_embedded(folder), "SHOW listen_addresses") == [("",)]


def test_the_server_does_not_inherit_our_variables(folder):
    assert "HOME" in os.environ

    start_embedded(folder)

    assert "HOME" not in postmaster(folder).environ()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("x" * 120, id="long"),
        pytest.param("a 'b\", $HOME `c\\", id="shell characters"),
        pytest.param("Ä Application Support", id="spaces"),
    ],
)
def test_any_path_will_do(open_folder, name):
    folder = open_folder / name
    try:
        assert ask(start_embedded(folder), "SELECT 1") == [(1,)]
        assert is_running(folder)
    finally:
        stop_embedded(folder)


def test_a_path_too_long_everywhere_is_refused(open_folder, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(open_folder / ("t" * 120)))

    with pytest.raises(HistoryUnavailableError, match="will not do for the socket"):
        start_embedded(open_folder / ("y" * 120))


def test_a_start_that_was_interrupted_is_done_again(folder):
    (folder / "pgdata.new").mkdir(parents=True)
    folder.chmod(0o711)
    (folder / "pgdata.new" / "PG_VERSION").write_text("18\n")

    assert ask(start_embedded(folder), "SELECT 1") == [(1,)]


def test_damaged_data_is_reported(folder):
    start_embedded(folder)
    stop_embedded(folder)
    shutil.rmtree(folder / "pgdata" / "global")

    with pytest.raises(HistoryUnavailableError, match="pg_ctl failed"):
        start_embedded(folder)


def test_a_folder_that_cannot_be_made_is_reported(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(HistoryUnavailableError, match="cannot be started in"):
        start_embedded(tmp_path / "file" / "postgres")


def test_asking_about_or_stopping_what_never_ran_makes_nothing(tmp_path):
    stop_embedded(tmp_path / "none")

    assert not is_running(tmp_path / "none")
    assert not (tmp_path / "none").exists()

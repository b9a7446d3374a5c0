"""Scratch folders vanish with their process, at the latest when the next one works."""

import os
import signal
import subprocess
import sys
import time

from smoke_pipeline.snapshots.scratch import ScratchFolder, sweep

HOLD = """
import sys, time
from pathlib import Path
from smoke_pipeline.snapshots.scratch import ScratchFolder
folder = ScratchFolder(Path(sys.argv[1]))
(folder.path / "rows").write_text("x")
print("ready", flush=True)
time.sleep(60)
"""


def test_a_scratch_folder_is_gone_when_it_is_closed(tmp_path):
    with ScratchFolder(tmp_path) as folder:
        (folder.path / "rows").write_text("x", "utf-8")

    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_swept_away_and_what_is_in_use_is_not(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()

    sweep(tmp_path, young_s=0)
    assert len(list(tmp_path.iterdir())) == 1

    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    sweep(tmp_path, young_s=0)
    assert list(tmp_path.iterdir()) == []


def test_a_young_folder_is_left_alone_and_an_old_one_is_swept_by_the_next(tmp_path):
    abandoned = tmp_path / "smoke-scratch-abandoned"
    abandoned.mkdir()
    lock = abandoned / "in-use"
    lock.touch()

    with ScratchFolder(tmp_path):
        assert abandoned.exists()

    os.utime(lock, (time.time() - 3600, time.time() - 3600))
    with ScratchFolder(tmp_path):
        assert not abandoned.exists()

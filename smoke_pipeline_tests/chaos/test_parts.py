"""What makes the trouble does what it says."""

import socket
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager

import psutil
import pytest

from smoke_pipeline_tests.chaos.disk import Disk
from smoke_pipeline_tests.chaos.inputs import Counts, pairs
from smoke_pipeline_tests.chaos.relay import Relay
from smoke_pipeline_tests.chaos.verdict import kinds_of_error


@contextmanager
def echo():
    """A server that says what it hears."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client:
                    while block := client.recv(100):
                        client.sendall(block)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def said(client, words):
    client.sendall(words)
    return client.recv(100)


def test_a_line_carries_until_it_is_cut_and_again_once_it_is_mended():
    with echo() as server, Relay.to(server) as relay:
        with socket.create_connection(("127.0.0.1", relay.port), timeout=5) as client:
            before = said(client, b"one")
            relay.cut()
            with pytest.raises((ConnectionError, AssertionError)):
                assert said(client, b"two")
        with (
            socket.create_connection(("127.0.0.1", relay.port), timeout=5) as client,
            pytest.raises((ConnectionError, AssertionError)),
        ):
            assert said(client, b"three")
        relay.mend()
        with socket.create_connection(("127.0.0.1", relay.port), timeout=5) as client:
            after = said(client, b"four")

    assert (before, after) == (b"one", b"four")


def test_where_no_disk_can_be_mounted_nothing_more_is_written(tmp_path):
    script = (
        "import os, sys\nwith open(sys.argv[1], 'wb', 0) as file:\n"
        "    for line in sys.stdin:\n        file.write(line.encode())\n        print(1, flush=True)"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "file")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    disk, process = Disk(tmp_path, is_own=False), psutil.Process(writer.pid)
    writer.stdin.write("before\n")
    writer.stdin.flush()
    assert writer.stdout.readline() == "1\n"

    disk.fill(lambda: [process])
    _, errors = writer.communicate("after\n", timeout=30)

    assert "OSError: [Errno 27] File too large" in errors
    assert (tmp_path / "file").read_text() == "before\n"


def test_a_pair_is_counted_as_it_was_made():
    for pair in pairs(12, 60, seed=7):
        source, target = Counter(pair.source), Counter(pair.target)
        matched = (source & target).total()
        shared = len({row[0] for row in pair.source} & {row[0] for row in pair.target})

        assert pair.counts == Counts(
            "passed" if source == target else "failed",
            matched,
            shared - matched,
            len(pair.source) - shared,
            len(pair.target) - shared,
        )


def test_an_error_without_a_name_of_its_own_is_no_reason():
    assert {"StorageFullError", "RunStoppedError", "HistoryUnavailableError"} <= kinds_of_error()
    assert "SmokePipelineError" not in kinds_of_error()

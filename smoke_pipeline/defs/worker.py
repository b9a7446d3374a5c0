"""The process that works on a run, as a tag of the run, so that others can tell whether it still lives."""

import os
import socket

import psutil

PROCESS_TAG = "smoke/process"


def this_process() -> str:
    """What tells this process from every other, here and later."""
    return name_of(os.getpid())


def name_of(pid: int) -> str:
    """What tells a process that runs on this machine from every other."""
    return f"{socket.gethostname()} {pid} {psutil.Process(pid).create_time():.2f}"


def is_gone(process: str) -> bool:
    """Whether the process has ended; one of another machine is believed to live."""
    host, _, rest = process.partition(" ")
    number, _, began = rest.partition(" ")
    if host != socket.gethostname():
        return False
    try:
        return abs(psutil.Process(int(number)).create_time() - float(began)) > 1
    except psutil.NoSuchProcess:
        return True
    except (ValueError, psutil.Error):
        return False

"""script/demo as a newcomer meets it when something is wrong, and when they stop it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from demo.stack.environment import ROOT

COMMAND = [sys.executable, "-m", "demo.main"]


def demo(*words: str, **environ: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *words],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """Its output up to the line with these words."""
    assert process.stdout is not None
    output = ""
    for line in process.stdout:
        output += line
        if words in line:
            return output
    raise AssertionError(f"{words!r} was never said, but: {output}")


def descendants(pid: int) -> set[int]:
    """Processes that were started by it, and by those."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(path.parent.name)] = int(fields[1])
    pids = {pid}
    while more := {child for child, parent in parents.items() if parent in pids} - pids:
        pids |= more
    return pids - {pid}


def are_gone(pids: set[int]) -> bool:
    """Return whether none of the processes runs any more."""
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            return False
    return True


def cluster_folders(pids: set[int]) -> set[Path]:
    """Folders of the clusters that these processes guard."""
    words = [Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0") for pid in pids]
    return {Path(one[-2]) for one in words if "guard" in one}


def test_port_taken__one_line_and_nothing_left() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = demo("--port", str(taken.getsockname()[1]))
        _, output = process.communicate(timeout=110)
    assert process.returncode == 2
    assert "Traceback" not in output
    assert [line for line in output.splitlines() if "is taken" in line] == [output.strip()]


@pytest.mark.parametrize(
    ("number", "workers"),
    [
        *((number, 0) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)),
        *((number, 2) for number in (signal.SIGINT, signal.SIGKILL)),
    ],
)
def test_stopped__nothing_is_left_running(number: signal.Signals, workers: int) -> None:
    process = demo(f"--workers={workers}")
    output = read_until(process, "Ctrl-C")
    for words in ("Odoo", "admin / admin", "Telegram phones", "http://127.0.0.1:"):
        assert words in output
    children = descendants(process.pid)
    folders = cluster_folders(children)
    # with workers: the proxy, the event server, two processes for crons
    assert (len(children) > 3 + bool(workers) * (4 + workers), len(folders)) == (True, 1)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors
    if number is not signal.SIGKILL:
        assert process.returncode == 0
    ends = time.monotonic() + 30
    while not are_gone(children) or any(folder.exists() for folder in folders):
        assert time.monotonic() < ends, "something is left running"
        time.sleep(0.05)

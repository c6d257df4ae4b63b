"""A program that runs beside us, logs into a file, and never outlives us."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .errors import StackError

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
# The kernel sends the signal when the *thread* that started the child ends: this one never does.
_STARTER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="starter")


def _die_with_parent() -> None:
    """In the child: end when the parent ends, even if it is killed."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    # A Ctrl-C goes to the parent alone, which stops everything in order.
    os.setpgid(0, 0)


class Program:
    """One child process. `log` keeps what it prints; `name` is for messages."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environ: Mapping[str, str] | None = None,
        stdout: int | None = None,
        cwd: Path | None = None,
    ):
        self.name = name
        self.log = log
        with log.open("ab") as stream:
            try:
                self.process = _STARTER.submit(
                    subprocess.Popen,
                    command,
                    env={**os.environ, **(environ or {})},
                    stdin=subprocess.DEVNULL,
                    stdout=stdout or stream,
                    stderr=stream,
                    preexec_fn=_die_with_parent,
                    cwd=cwd,
                ).result()
            except OSError as error:
                what = error.filename or command[0]
                raise StackError(
                    f"{name} cannot be started: {what}: {error.strerror}. Run script/setup again."
                ) from None

    @property
    def is_running(self) -> bool:
        """True while it runs."""
        return self.process.poll() is None

    def check(self) -> None:
        """Raises StackError, with the last line of its log, if it has ended."""
        if not self.is_running:
            raise StackError(f"{self.name} has stopped: {self.last_line()}")

    def last_line(self) -> str:
        """The last line of its log."""
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"exit code {self.process.returncode}"

    def wait(self, timeout_s: float) -> int:
        """Its exit code. Raises StackError when it does not end."""
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise StackError(f"{self.name} does not end; see {self.log}.") from None

    def stop(self, timeout_s: float = 15.0) -> None:
        """Ask it to end, then insist; what it started itself ends with it."""
        if self.is_running:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout_s)
            self._kill_group()

    def kill(self) -> None:
        """SIGKILL, as a crash would, to it and to what it started itself."""
        if self.is_running:
            self._kill_group()

    def _kill_group(self) -> None:
        # it is the first of its group, whose number nobody else gets while one of them is left
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def wait_until(
    what: str, look: object, *, within_s: float, programs: Sequence[Program] = ()
) -> None:
    """Call `look()` until it is true; StackError when it is too late or a program has ended."""
    ends = time.monotonic() + within_s
    while not look():  # type: ignore[operator]
        for program in programs:
            program.check()
        if time.monotonic() > ends:
            raise StackError(f"Waited {within_s:.0f} s in vain for {what}.")
        time.sleep(0.05)

"""The gateway of a test: a task of the test's own loop, or a process that can be killed."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import structlog
from telegram_gateway.run import process
from telegram_gateway.settings import PREFIX, Settings

from demo.stack.environment import ROOT
from demo.stack.program import Program

Entry = dict[str, Any]  # of the log: `event`, `level` and the event's facts
_STOP_S = 30.0


class Gateway(Protocol):
    """`log` is what it said, oldest first. `check` raises what ended it, where that is known;
    `stop` and `kill` return once it is gone."""

    @property
    def log(self) -> list[Entry]: ...

    @property
    def is_running(self) -> bool: ...

    def check(self) -> None: ...

    async def stop(self) -> None: ...

    async def kill(self) -> None: ...


class InLoop:
    """The service as a task. It cannot be killed: a cancelled task still tidies up."""

    def __init__(self, settings: Settings) -> None:
        self.log: list[Entry] = []
        self._stop = asyncio.Event()
        _log_into(self.log.append, settings.log_level)
        self._task = asyncio.create_task(process.serve(settings, self._stop))

    @property
    def is_running(self) -> bool:
        return not self._task.done()

    def check(self) -> None:
        """Raises what has ended the service."""
        if self._task.done():
            self._task.result()

    async def stop(self) -> None:
        """End it in good order. Raises what ended it."""
        self._stop.set()
        await asyncio.wait_for(self._task, _STOP_S)

    async def kill(self) -> None:
        raise RuntimeError("only a process can be killed: start(process=True)")


def _log_into(keep: Callable[[Entry], None], level: str) -> None:
    """Keep what is logged as it is, and print it too: pytest shows it where a test fails."""

    def note(_logger: Any, _method: str, entry: Entry) -> Entry:
        keep({**entry, "error": repr(entry["exc_info"])} if entry.get("exc_info") else {**entry})
        return entry

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S.%f", utc=True),
            note,
            structlog.dev.ConsoleRenderer(colors=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=False,
    )


class InProcess:
    """`telegram-gateway run` as an administrator's machine runs it, its settings in the
    environment."""

    def __init__(self, settings: Settings, log_file: Path) -> None:
        self._log_file = log_file
        log_file.touch()
        self._before = log_file.stat().st_size
        self._program = Program(
            "The gateway",
            [sys.executable, "-m", "telegram_gateway", "run"],
            log=log_file,
            environ=environ_of(settings),
        )

    @property
    def log(self) -> list[Entry]:
        with self._log_file.open("rb") as stream:
            stream.seek(self._before)
            lines = stream.read().decode(errors="replace").splitlines()
        return [json.loads(line) if line.startswith("{") else {"event": line} for line in lines]

    @property
    def is_running(self) -> bool:
        return self._program.is_running

    @property
    def pid(self) -> int:
        return self._program.process.pid

    def check(self) -> None:
        """A process may die: whoever waits for something else sees that it does not come."""

    def freeze(self) -> None:
        """SIGSTOP: it stands still, and its connections stay."""
        self._program.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self._program.process.send_signal(signal.SIGCONT)

    async def stop(self) -> None:
        """SIGTERM, and wait. One that stands still goes on first."""
        if self.is_running:
            self.thaw()
        await asyncio.to_thread(self._program.stop, _STOP_S)

    async def kill(self) -> None:
        """SIGKILL."""
        await asyncio.to_thread(self._program.kill)


def environ_of(settings: Settings) -> dict[str, str]:
    """The settings as a program of the gateway reads them."""
    environ = {"PYTHONPATH": str(ROOT / "gateway/src")}
    for name, value in settings.model_dump().items():
        if value is not None:
            text = getattr(value, "get_secret_value", lambda value=value: value)()
            environ[f"{PREFIX}{name.upper()}"] = str(text)
    return {**environ, f"{PREFIX}LOG_FORMAT": "json", "PATH": os.environ["PATH"]}


class Terminal:
    """A command of the gateway (`login user`, `check`, …) as somebody types it at a terminal.

    Enter it with `async with`: it is killed where the block ends before it does.
    """

    def __init__(self, settings: Settings, *words: str, lang: str, **changed: str) -> None:
        self._words = words
        changes = {f"{PREFIX}{name.upper()}": value for name, value in changed.items()}
        self._environ = {**environ_of(settings), **changes, "LC_ALL": lang, "LANG": lang}
        self._process: asyncio.subprocess.Process

    async def __aenter__(self) -> Terminal:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "telegram_gateway", *self._words),
            env=self._environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    def type(self, answer: str) -> None:
        """Type this, and leave the program at work."""
        assert self._process.stdin is not None
        self._process.stdin.write(answer.encode())

    async def finish(self, answers: str = "") -> Done:
        """Type these lines, and wait for the end."""
        said, asked = await self._process.communicate(answers.encode())
        assert self._process.returncode is not None
        return Done(self._process.returncode, said.decode(), asked.decode())


@dataclass(frozen=True)
class Done:
    """What came of a command. code: its exit code; said: standard output; asked: standard error."""

    code: int
    said: str
    asked: str

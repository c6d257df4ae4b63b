"""Output of a stack's programs during a test, for the report of its failure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import httpx

from demo.stack.errors import StackError
from demo.stack.stack import Stack

_LINES = 40
_TROUBLE = re.compile(r"^\S+ \S+ \d+ (WARNING|ERROR|CRITICAL) ")  # as Odoo's lines begin


class Evidence:
    """Begins where the logs are now."""

    def __init__(self, stack: Stack):
        self._stack = stack
        self._began = {path: path.stat().st_size for path in stack.folder.glob("*.log")}
        self._number = self._last_number()

    def sections(self) -> list[tuple[str, str]]:
        """Titles and texts: of each log the last lines, of Odoo's those that tell of trouble; and
        the last requests that the Telegram server answered."""
        sections = []
        for path in sorted(self._stack.folder.glob("*.log")):
            lines = self._said(path)
            if path.name == "odoo.log":
                lines = [line for line in lines if _TROUBLE.match(line)]
            if lines:
                sections.append((f"{path.name}, its last lines", "\n".join(lines[-_LINES:])))
        requests = self._requests()
        if requests:
            sections.append(("what Telegram was asked", "\n".join(requests[-_LINES:])))
        return sections

    def _said(self, path: Path) -> list[str]:
        with path.open("rb") as stream:
            stream.seek(self._began.get(path, 0))
            return stream.read().decode(errors="replace").splitlines()

    def _last_number(self) -> int:
        try:
            requests = self._stack.sandbox.get("/log")
        except (httpx.HTTPError, StackError):
            return 0
        return int(requests[-1]["number"]) if requests else 0

    def _requests(self) -> list[str]:
        try:
            requests = self._stack.sandbox.get(f"/log?after={self._number}")
        except (httpx.HTTPError, StackError):
            return []
        lines = []
        for what, same in groupby(
            requests,
            lambda request: (
                f"{request['user_id']} {request['method']} {request['error'] or ''}".rstrip()
            ),
        ):
            first, *more = same
            times = f" (and {len(more)} times more)" if more else ""
            lines.append(f"{datetime.fromtimestamp(first['at'], UTC):%H:%M:%S.%f} {what}{times}")
        return lines

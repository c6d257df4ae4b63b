"""Commands of the gateway as somebody types them."""

from __future__ import annotations

import os
import subprocess

from demo.stack.stack import Stack


def run(
    stack: Stack, *words: str, answers: str = "", lang: str = "en_GB.UTF-8", **settings: str
) -> subprocess.CompletedProcess[str]:
    """A command with all its answers, and settings (without their prefix) beside those in use."""
    gateway = stack.gateway
    environ = {**os.environ, **gateway._environ(**settings), "LC_ALL": lang, "LANG": lang}
    return subprocess.run(
        gateway._command(*words),
        env=environ,
        input=answers,
        capture_output=True,
        text=True,
        timeout=60,
    )

"""Named points between an effect on Telegram and its record in the database.

Tests of crashes let the process kill itself at one of them; in service nothing is armed.
"""

from __future__ import annotations

import os
import signal

_armed = ""


def arm(name: str) -> None:
    """Let the process die (SIGKILL) when it comes to the point of that name; "" disarms."""
    global _armed
    _armed = name


def checkpoint(name: str) -> None:
    """Say that the point is reached."""
    if name and name == _armed:
        os.kill(os.getpid(), signal.SIGKILL)

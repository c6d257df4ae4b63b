"""Strings that have stopped programs: the addons' tests have the same."""

from __future__ import annotations

import json
from pathlib import Path

_FILE = Path(__file__).resolve().parents[3] / "addons/telegram_base/tests/hostile.json"


def hostile() -> list[str]:
    """All of them, as the wire can bring them: it has no halves of letters."""
    found = [
        one if isinstance(one, str) else one[0] * one[1] for one in json.loads(_FILE.read_text())
    ]
    return [one.encode("utf-8", "replace").decode() for one in found]

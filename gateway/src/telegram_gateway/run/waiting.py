"""Waiting for one of several events."""

from __future__ import annotations

import asyncio


async def first_of(*events: asyncio.Event, within_s: float | None = None) -> None:
    """Wait until one of them is set, at most for so many seconds."""
    tasks = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(tasks, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()

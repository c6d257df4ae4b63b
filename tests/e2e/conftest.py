"""End to end: real Odoo, real PostgreSQL, the gateway's own process, Telegram over the wire."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from demo.stack.stack import Stack

from .scene import Scene

# Telethon tells of every broken line; here lines are broken on purpose.
logging.getLogger("telethon").setLevel(logging.ERROR)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """One running school for all tests; each works in classrooms of its own."""
    with Stack(databases_listed=True) as stack:
        yield stack
        stack.keep_logs()


@pytest_asyncio.fixture
async def scene(stack: Stack) -> AsyncIterator[Scene]:
    """Makes classrooms and people; at the end everything must still run, and nothing was asked of
    the Telegram server that it does not have."""
    if not stack.gateway.is_running:
        await asyncio.to_thread(stack.gateway.start)
    scene = Scene(stack)
    yield scene
    await scene.close()
    assert stack.check() == []

"""End to end: real Odoo, real PostgreSQL, the gateway's own process, Telegram over the wire."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Generator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from demo.stack.stack import Stack

from .evidence import Evidence
from .scene import Scene
from .secrets import left_behind

# Telethon tells of every broken line; here lines are broken on purpose.
logging.getLogger("telethon").setLevel(logging.ERROR)


#: Seconds, where a test says nothing else: the first one of a process waits for a school to be
#: made.
_AT_MOST_S = 300
#: Files that take long for their number of tests: begun last, they would be waited for at the end.
_LONG = (
    "test_workers",
    "test_foreign_school",
    "test_foreign_desk",
    "test_stateful",
    "test_play",
    "test_many_lessons",
    "test_timetable",
    "test_connect",
    "test_browser",
    "test_kill",
    "test_clock",
    "test_backup",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first; the tests of a file stay together and in their order."""
    place = {name: number for number, name in enumerate(_LONG)}
    items.sort(key=lambda item: place.get(item.path.stem, len(_LONG)))
    for item in items:
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_AT_MOST_S))


_EVIDENCE = pytest.StashKey[Evidence]()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """A failure is shown with what the programs said during the test: it may not come again."""
    outcome = yield
    report = outcome.get_result()
    if report.failed and _EVIDENCE in item.stash:
        report.sections += item.stash[_EVIDENCE].sections()


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """One running school for all tests; each works in classrooms of its own."""
    with Stack(databases_listed=True) as stack:
        yield stack
        stack.keep_logs()
        # whatever the tests did meanwhile: no secret is in a database or in a log
        assert left_behind(stack) == []


@pytest_asyncio.fixture
async def scene(stack: Stack, request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    """Makes classrooms and people; at the end everything must still run, and nothing was asked of
    the Telegram server that it does not have."""
    request.node.stash[_EVIDENCE] = Evidence(stack)
    if not stack.gateway.is_running:
        await asyncio.to_thread(stack.gateway.start)
    scene = Scene(stack)
    yield scene
    await scene.close()
    assert stack.check() == []

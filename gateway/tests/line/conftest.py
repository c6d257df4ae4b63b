"""The fixtures `line` and `proxied`: see `line.py`."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Generator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from gateway.tests.school import School

from .line import Line

# Telethon tells of every broken line; here lines are broken on purpose.
logging.getLogger("telethon").setLevel(logging.CRITICAL)

_LINE = pytest.StashKey[Line]()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """A failure is shown with how everything stood: it may not come again."""
    outcome = yield
    report = outcome.get_result()
    if report.failed and report.when == "call" and _LINE in item.stash:
        report.sections.append(("how everything stands", item.stash[_LINE].evidence()))


@pytest_asyncio.fixture
async def line(
    school: School, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Line]:
    """The gateway serves; `await line.stop()` first where it must not yet."""
    async with Line.open(school, tmp_path) as line:
        request.node.stash[_LINE] = line
        await line.start()
        yield line
        await line.stop()
        line.check()


@pytest_asyncio.fixture
async def proxied(line: Line) -> Line:
    """A line on which the gateway serves through `line.proxy`."""
    await line.stop()
    await line.through_proxy()
    await line.start()
    return line

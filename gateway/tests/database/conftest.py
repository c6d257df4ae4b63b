"""The gateway's own connection to a fresh copy of the tables."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from telegram_gateway.database.connection import Database

from gateway.tests.school import School


@pytest_asyncio.fixture
async def database(school: School) -> AsyncIterator[Database]:
    """The gateway's connection."""
    database = await Database.open(school.gateway_url)
    yield database
    await database.close()

"""The gateway's log: one line of JSON per event for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog
from telegram_gateway import log


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_json__an_event_with_its_facts_and_nothing_below_the_level(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.configure("info", "json")
    logger = structlog.get_logger("test")
    logger.debug("detail")
    logger.info("chat_ready", chat_id=3)
    (entry,) = map(json.loads, capsys.readouterr().err.splitlines())
    assert (entry["event"], entry["level"], entry["chat_id"]) == ("chat_ready", "info", 3)
    assert entry["timestamp"].endswith("Z")

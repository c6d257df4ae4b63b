"""The names of requests, and which of them may change something that people see."""

from __future__ import annotations

import pytest
from telegram_gateway.telegram.requests import is_changing, method_of, unwrapped
from telethon import functions

READ = functions.channels.GetChannelsRequest([])
CHANGE = functions.phone.CreateGroupCallRequest(peer=None, random_id=1)


def test_names__as_telegram_has_them() -> None:
    assert method_of(READ) == "channels.getChannels"
    assert method_of(functions.PingRequest(1)) == "ping"


@pytest.mark.parametrize("request_", [READ, CHANGE])
def test_wrapped__the_request_itself_counts(request_) -> None:
    wrapped = functions.InvokeWithLayerRequest(1, request_)
    assert unwrapped(wrapped) is request_
    assert method_of(wrapped) == method_of(request_)
    assert is_changing(wrapped) == is_changing(request_) == (request_ is CHANGE)


def test_unknown__counts_as_changing() -> None:
    class BrandNewRequest:
        """Of a layer to come."""

    assert is_changing(BrandNewRequest())

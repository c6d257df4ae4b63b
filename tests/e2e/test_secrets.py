"""The search for secrets that were left behind, itself tested."""

from __future__ import annotations

import json

import pytest

from demo.stack.stack import Stack

from .secrets import findings, left_behind
from .wizard import PASSWORD


@pytest.mark.parametrize(
    "written",
    [
        "'{}'",
        "encode('x{}y', 'base64')",
        "encode('xy{}', 'base64')",
        "encode('{}', 'hex')",
        "json_build_object('k', '{}')::text",
    ],
)
def test_search__a_secret_planted_in_a_row_is_found(stack: Stack, written: str) -> None:
    assert left_behind(stack) == []
    value = written.format(stack.secrets["bot token"])
    try:
        stack.cluster.sql(
            f"INSERT INTO ir_config_parameter (key, value) VALUES ('planted', {value})", "school"
        )
        leaks = left_behind(stack)
        assert leaks and all("bot token" in leak and "database school" in leak for leak in leaks)
        assert stack.secrets["bot token"] not in " ".join(leaks)
    finally:
        stack.cluster.sql("DELETE FROM ir_config_parameter WHERE key = 'planted'", "school")
    assert left_behind(stack) == []


def test_search__a_session_left_open_and_a_line_in_a_log_are_found(stack: Stack) -> None:
    log = stack.folder / "planted.log"
    stack.secrets["password"] = PASSWORD
    try:
        for line in (
            "POST /?password=p%C3%A2t%C3%A9%20%26%20cr%C3%A8me%2042%20%2F%20tr%C3%A8s%20secret",
            json.dumps({"password": PASSWORD}),
            f"api hash {stack.secrets['api hash of gateway-1']}",
        ):
            log.write_text(line)
            assert left_behind(stack), line
    finally:
        log.unlink()
    key = bytes(range(256))
    where = {"database": f"INSERT … '\\x{key.hex()}'".encode()}
    assert findings(where, {"auth key": key}) == ["auth key (hex) in database"]

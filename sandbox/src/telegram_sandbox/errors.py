"""The errors that go over the wire."""

from __future__ import annotations


class RpcError(Exception):
    """An error that the client is told of, as Telegram words it.

    `code` is the HTTP-like class (303, 400, 401, 403, 406, 420, 500), `message` the name in
    capitals with its number, if any, at the end: `RpcError(420, "FLOOD_WAIT_7")`.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message


class ProtocolError(Exception):
    """The peer broke the transport or the encryption: the connection is closed."""

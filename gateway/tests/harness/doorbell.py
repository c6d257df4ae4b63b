"""Stands where Odoo would answer the gateway's doorbell, and only notes that it was rung."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from aiohttp import web


class DoorbellStub:
    """`async with DoorbellStub() as bell`: `url` is its address, `rings` counts.

    What Odoo would do with the facts is done by the test itself: see `Line.answer`.
    """

    def __init__(self) -> None:
        self.rings = 0
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.add_routes([web.post("/jsonrpc", self._answer)])
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        asked = await request.json()
        result: Any = 1  # the id of the user who logs in
        if asked["params"]["service"] == "object":
            self.rings += 1
            result = {"handled": 0, "left": 0, "busy": False}
        return web.json_response({"jsonrpc": "2.0", "id": asked["id"], "result": result})

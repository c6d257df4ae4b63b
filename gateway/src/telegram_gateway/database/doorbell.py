"""The doorbell: tells Odoo by HTTP that facts wait. It is normal that Odoo is down: its cron finds
the facts later."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import structlog

from telegram_gateway.core.retry import ring_again_s
from telegram_gateway.settings import Settings

log = structlog.get_logger(__name__)
_AGAIN_S = 0.05  # Odoo was busy with the same inbox
_DOWN_S = 3.0


class Doorbell:
    """`press` is cheap and never waits; `run` does the ringing."""

    def __init__(self, settings: Settings, *, down_s: float = _DOWN_S):
        self._settings = settings
        self._down_s = down_s  # seconds until an Odoo that is down is tried again, at first
        self._silent_since: float | None = None
        self._pressed = asyncio.Event()
        self._uid: int | None = None

    def press(self) -> None:
        """Have the doorbell tell Odoo that facts wait."""
        self._pressed.set()

    async def run(self) -> None:
        """Ring after each press, until Odoo says that no fact is left. Runs until it is
        cancelled."""
        url = f"{self._settings.odoo_url}/jsonrpc"
        async with httpx.AsyncClient(timeout=60, trust_env=False) as http:
            while True:
                await self._pressed.wait()
                self._pressed.clear()
                wait = await self._ring(http, url)
                if wait:
                    self._pressed.set()
                    await asyncio.sleep(wait)

    async def _ring(self, http: httpx.AsyncClient, url: str) -> float:
        """Ring once; 0 where no fact is left, else the seconds to wait before ringing again."""
        settings = self._settings
        try:
            if self._uid is None:
                login = settings.odoo_login, settings.odoo_password.get_secret_value()
                self._uid = await self._call(
                    http, url, "common", "login", settings.odoo_database, *login
                )
                if not self._uid:
                    log.error("doorbell_refused", login=settings.odoo_login)
                    self._uid = None
                    return max(self._down_s * 10, self._again_s())
            answer = await self._call(
                http,
                url,
                "object",
                "execute_kw",
                settings.odoo_database,
                self._uid,
                settings.odoo_password.get_secret_value(),
                "telegram.inbox",
                "ring",
                [],
            )
        except (httpx.HTTPError, ValueError) as error:
            log.info("odoo_unreachable", reason=type(error).__name__)
            return self._again_s()
        if not isinstance(answer, dict):
            log.error("doorbell_failed", answer=str(answer)[:300])
            self._uid = None  # the database may have been restored, the user be another one
            return self._again_s()
        self._silent_since = None
        return _AGAIN_S if answer.get("left") or answer.get("busy") else 0.0

    def _again_s(self) -> float:
        now = asyncio.get_running_loop().time()
        self._silent_since = now if self._silent_since is None else self._silent_since
        return ring_again_s(self._down_s, now - self._silent_since)

    @staticmethod
    async def _call(
        http: httpx.AsyncClient, url: str, service: str, method: str, *args: object
    ) -> Any:
        """The answer of Odoo's JSON-RPC; None where it is an error, which is logged. Raises
        httpx.HTTPError, or ValueError where it is no JSON."""
        body = {
            "jsonrpc": "2.0",
            "method": "call",
            "id": 1,
            "params": {"service": service, "method": method, "args": args},
        }
        answer = (await http.post(url, json=body)).json()
        if "error" in answer:
            log.error("odoo_error", message=answer["error"].get("data", {}).get("message", ""))
            return None
        return answer.get("result")

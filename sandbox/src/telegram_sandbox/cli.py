"""`telegram-sandbox serve`: a Telegram on loopback for any MTProto program."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from typing import Annotated

import typer
from aiohttp import web

from .backoffice.control import Control
from .sandbox import Sandbox
from .world.profile import PROFILES
from .world.world import World

_LOOPBACK = "127.0.0.1"

app = typer.Typer(add_completion=False, help=__doc__)


@app.callback()
def _commands() -> None:
    """Keeps `serve` a command of its own: others may follow."""


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Port of the Telegram server; 0: a free one.")] = 0,
    control_port: Annotated[int, typer.Option(help="Port of the control API; 0: a free one.")] = 0,
    profile: Annotated[str, typer.Option(help=f"How strict: {', '.join(PROFILES)}.")] = "generous",
    code_length: Annotated[int, typer.Option(help="Digits of the login codes.", min=1)] = 5,
) -> None:
    """Serve until SIGINT or SIGTERM. Prints one line of JSON once everything listens:
    `host`, `port`, `public_key` (PEM), `control_url` (the phone page is there, too)."""
    if profile not in PROFILES:
        raise typer.BadParameter(f"unknown profile {profile}; one of {', '.join(PROFILES)}")
    try:
        asyncio.run(_serve(port, control_port, profile, code_length))
    except OSError as error:
        print(f"telegram-sandbox: cannot listen on {_LOOPBACK}: {error.strerror}", file=sys.stderr)
        raise typer.Exit(1) from None


async def _serve(port: int, control_port: int, profile: str, code_length: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    world = World(profile=PROFILES[profile])
    async with Sandbox(world=world, host=_LOOPBACK, port=port) as sandbox:
        sandbox.server.logins.code_length = code_length
        runner = web.AppRunner(Control(sandbox).app, access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, _LOOPBACK, control_port)
            await site.start()
            address = runner.addresses[0]
            line = {
                "host": sandbox.host,
                "port": sandbox.port,
                "public_key": sandbox.public_key_pem,
                "control_url": f"http://{address[0]}:{address[1]}",
            }
            print(json.dumps(line), flush=True)
            await stop.wait()
        finally:
            await runner.cleanup()


def main() -> None:
    """The console script."""
    app()

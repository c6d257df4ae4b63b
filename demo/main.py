"""script/demo: the product with its demo school on this machine, to click through or played.

Exit codes: 0 all well (of `--play`: every step agreed), 1 a step did not agree, 2 something on
the machine is not right (one sentence says what).
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable

from demo.play.phones import PlayError, Server
from demo.play.school import School, Telegram
from demo.play.story import Story, Times
from demo.play.timeline import Timeline
from demo.stack.errors import StackError
from demo.stack.odoo import Rpc
from demo.stack.stack import Stack

_LOOK_S = 1.0


def _say(line: str) -> None:
    print(f"demo: {line}", flush=True)


async def play(
    stack: Stack, make_school: Callable[[Rpc], School] = School, *, is_imported: bool = False
) -> bool:
    """Play the story against a running stack. Return whether every step agreed. `make_school` and
    `is_imported` are for schools with other models."""
    facts = stack.sandbox.facts
    server = Server(facts["host"], facts["port"], facts["public_key"])
    rpc = stack.odoo.rpc()
    telegram = Telegram(server, stack.sandbox.control_url)
    timeline = Timeline()
    story = Story(make_school(rpc), telegram, timeline, Times())
    try:
        return await story.play(is_imported=is_imported)
    finally:
        await telegram.close()
        rpc.close()


def _show(stack: Stack) -> None:
    print("\nOdoo            ", stack.odoo.url)
    for login in stack.logins:
        print(f"  {login.what:<14}", f"{login.login} / {login.password}")
    print("Telegram phones ", stack.sandbox.control_url)
    print("Logs            ", stack.folder)
    print("\nCtrl-C stops everything.", flush=True)


def _until_stopped(stack: Stack, stopped: threading.Event) -> int:
    """Wait for a signal; 2 when one of the programs ended by itself."""
    while not stopped.wait(_LOOK_S):
        wrong = [problem for problem in stack.check() if "has stopped" in problem]
        if wrong:
            print(wrong[0], file=sys.stderr)
            return 2
    return 0


def main() -> int:
    """Run the command. Return the exit code."""
    parser = argparse.ArgumentParser(prog="script/demo", description=__doc__.splitlines()[0])
    parser.add_argument("--play", action="store_true", help="play one lesson, then end")
    parser.add_argument("--port", type=int, default=0, help="port of Odoo (default: a free one)")
    parser.add_argument(
        "--workers",
        type=int,
        default=0,
        choices=range(9),
        metavar="N",
        help="processes of Odoo, behind a proxy (default: 0, one process for everything)",
    )
    options = parser.parse_args()
    # a phone that makes its key twice is no news for who watches the play
    logging.getLogger("telethon").setLevel(logging.ERROR)
    stopped = threading.Event()

    def on_signal(number: int, _frame: object) -> None:
        stopped.set()
        if options.play or not stack_is_up.is_set():
            raise SystemExit(128 + number)

    stack_is_up = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    try:
        with Stack(say=_say, odoo_port=options.port, workers=options.workers) as stack:
            if options.play:
                agreed = asyncio.run(play(stack))
                wrong = stack.check()
                for line in wrong:
                    print(line, file=sys.stderr)
                if agreed and not wrong:
                    return 0
                _say(f"the programs' logs are kept in {stack.keep_logs()}")
                return 1
            stack_is_up.set()
            _show(stack)
            code = _until_stopped(stack, stopped)
            _say("stopping")
            return code
    except StackError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2
    except PlayError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        what = f"{error.filename}: " if error.filename else ""
        print(f"demo: {what}{error.strerror or error}.", file=sys.stderr)
        return 2


if __name__ == "__main__":
    began = time.monotonic()
    code = main()
    print(f"demo: stopped after {time.monotonic() - began:.0f} s", flush=True)
    sys.exit(code)

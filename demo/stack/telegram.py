"""The Telegram server of the demo, and the gateway that is connected to it."""

from __future__ import annotations

import base64
import json
import os
import select
import subprocess
from pathlib import Path
from typing import Any

import httpx

from .cluster import GATEWAY_ROLE, Cluster
from .environment import ROOT, Environment
from .errors import StackError
from .odoo import DATABASE
from .program import Program, wait_until

_START_S = 60.0
_PATH = {"PYTHONPATH": os.pathsep.join([str(ROOT / "gateway/src"), str(ROOT / "sandbox/src")])}


class Sandbox:
    """`telegram-sandbox serve`; `facts` is its line of JSON."""

    def __init__(self, environment: Environment, folder: Path):
        self._environment = environment
        self._folder = folder
        self.program: Program | None = None
        self.facts: dict[str, Any] = {}

    def start(self) -> None:
        """Returns once it listens. Raises StackError."""
        command = [str(self._environment.python), "-m", "telegram_sandbox", "serve"]
        # long ones, so that one that was left somewhere is told from any other number
        command += ["--code-length", "10"]
        self.program = Program(
            "The Telegram server",
            command,
            log=self._folder / "sandbox.log",
            environ=_PATH,
            stdout=subprocess.PIPE,
        )
        stream = self.program.process.stdout
        assert stream is not None
        ready, _, _ = select.select([stream], [], [], _START_S)
        line = stream.readline() if ready else b""
        if not line:
            self.program.check()
            raise StackError("The Telegram server does not answer.")
        self.facts = json.loads(line)
        key = self._folder / "telegram.pem"
        key.write_text(self.facts["public_key"])

    @property
    def control_url(self) -> str:
        """Address of the control API and of the phone page."""
        return str(self.facts["control_url"])

    def post(self, path: str, **body: Any) -> Any:
        """One call of the control API."""
        answer = httpx.post(f"{self.control_url}{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def patch(self, path: str, **body: Any) -> Any:
        """Change something by the control API."""
        answer = httpx.patch(f"{self.control_url}{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def clear_faults(self) -> None:
        """Everything works again."""
        httpx.delete(f"{self.control_url}/faults", timeout=30).raise_for_status()

    def get(self, path: str) -> Any:
        """One question to the control API."""
        answer = httpx.get(f"{self.control_url}{path}", timeout=30)
        answer.raise_for_status()
        return answer.json()

    def find(self, path: str) -> Any | None:
        """The same; None where there is nothing."""
        answer = httpx.get(f"{self.control_url}{path}", timeout=30)
        return answer.json() if answer.status_code == 200 else None

    def stop(self) -> None:
        """End it."""
        if self.program:
            self.program.stop()
            self.program = None


class Gateway:
    """The gateway as an administrator runs it: settings in the environment, logins by commands."""

    def __init__(
        self,
        environment: Environment,
        cluster: Cluster,
        sandbox: Sandbox,
        folder: Path,
        *,
        odoo_url: str,
        doorbell: tuple[str, str],
        name: str = "gateway-1",
        is_loud: bool = False,
    ):
        self._environment = environment
        self._folder = folder
        self.settings = {
            "DATABASE_URL": cluster.url(DATABASE, GATEWAY_ROLE),
            "SESSION_KEY": base64.b64encode(os.urandom(32)).decode(),
            "ODOO_URL": odoo_url,
            "ODOO_DATABASE": DATABASE,
            "ODOO_LOGIN": doorbell[0],
            "ODOO_PASSWORD": doorbell[1],
            "API_ID": "1",
            "API_HASH": os.urandom(16).hex(),
            "PROCESS_NAME": name,
            "SERVER_HOST": sandbox.facts["host"],
            "SERVER_PORT": str(sandbox.facts["port"]),
            "SERVER_PUBLIC_KEY_FILE": str(folder / "telegram.pem"),
            # a killed gateway's lease must not keep its successor waiting for long
            "LEASE_S": "3",
            # Odoo cuts it off when it copies its database, which is done more often here
            "CONNECT_EVERY_S": "5",
            "PROBE_S": "2",
            "PROBE_SELDOM_S": "2",
            "SPREAD_S": "1",
            # on loopback an answer that has not come by then was lost
            "ANSWER_S": "5",
            # this Telegram does not mind, and tests make more than a school does in a day
            "GROUPS_A_DAY": "1000",
            "LOOKUPS_A_DAY": "1000",
            "LOG_LEVEL": "debug" if is_loud else "info",
        }
        self.name = name
        self.program: Program | None = None

    @property
    def log(self) -> Path:
        """Where it writes what it does."""
        return self._folder / f"{self.name}.log"

    def _environ(self, **more: str) -> dict[str, str]:
        settings = {**self.settings, **more}
        return {**_PATH, **{f"TELEGRAM_GATEWAY_{key}": one for key, one in settings.items()}}

    def _command(self, *words: str) -> list[str]:
        return [str(self._environment.python), "-m", "telegram_gateway", *words]

    def command(self, *words: str, answers: str = "", **settings: str) -> str:
        """Run one command to its end. Return what it printed. Raises StackError with its
        sentence."""
        done = subprocess.run(
            self._command(*words),
            env={**os.environ, **self._environ(**settings)},
            input=answers,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if done.returncode:
            lines = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
            raise StackError(f"The gateway refuses: {lines[-1]}")
        return done.stdout

    def login_user(self, phone: str, sandbox: Sandbox) -> str:
        """Log the school's account in with the code that its phone is sent meanwhile. Return the
        code."""
        process = subprocess.Popen(
            self._command("login", "user", "--phone", phone),
            env={**os.environ, **self._environ()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        digits = "".join(filter(str.isdigit, phone))
        code: dict[str, str] = {}

        def has_code() -> bool:
            answer = httpx.get(f"{sandbox.control_url}/codes/{digits}", timeout=30)
            if answer.status_code == 200:
                code.update(answer.json())
            return bool(code) or process.poll() is not None

        try:
            wait_until("the login code", has_code, within_s=_START_S)
            _, output = process.communicate(f"{code.get('code', '')}\n", timeout=60)
        finally:
            process.kill()
        if process.returncode:
            lines = output.strip().splitlines() or ["no reason given"]
            raise StackError(f"The gateway refuses: {lines[-1]}")
        return code["code"]

    def start(self, *, crash_at: str = "", is_ready: bool = True, **settings: str) -> None:
        """Run it. `crash_at` names a checkpoint at which it dies as if killed; `is_ready`: wait
        until it serves; `settings`: by their names without the prefix, for this run."""
        self.log.touch()
        before = self.log.stat().st_size
        self.program = Program(
            "The gateway",
            self._command("run"),
            log=self.log,
            environ=self._environ(**settings, **({"CRASH_AT": crash_at} if crash_at else {})),
        )
        if is_ready:

            def serves() -> bool:
                with self.log.open("rb") as stream:
                    stream.seek(before)
                    return b"] serving " in stream.read()

            wait_until("the gateway", serves, within_s=_START_S, programs=[self.program])

    @property
    def is_running(self) -> bool:
        """True while its process runs."""
        return self.program is not None and self.program.is_running

    def kill(self) -> None:
        """SIGKILL."""
        if self.program:
            self.program.kill()

    def resident_bytes(self) -> int:
        """Memory that the process holds now."""
        assert self.program is not None
        status = Path(f"/proc/{self.program.process.pid}/status").read_text()
        return 1024 * int(status.partition("VmRSS:")[2].split()[0])

    def stop(self) -> None:
        """End it in good order."""
        if self.program:
            self.program.stop()
            self.program = None

"""Everything together, started in order and stopped in reverse, whatever happens."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from . import people
from .cluster import Cluster
from .environment import LOCAL, Environment
from .odoo import MODULES, Odoo, Rpc, files_of, prepared_cluster
from .telegram import Gateway, Sandbox

ACCOUNT_PHONE = "+33639980100"
BOT_USERNAME = "ecole_demo_bot"


class Stack:
    """`with Stack() as stack`: a running school. `say` is called with a line per step.

    `modules` and `addons` (further folders of addons) make another school of it; `odoo_port` 0
    takes a free one; `workers`: of Odoo, see there; `databases_listed`: Odoo's own backup, restore
    and duplicate may be used; not `logged_in`: the gateway runs and waits for its accounts;
    `is_loud`: the programs log all that they can. `secrets` collects, by name, what must be found
    nowhere afterwards.
    """

    def __init__(
        self,
        *,
        say: Callable[[str], None] = lambda line: None,
        modules: Sequence[str] = MODULES,
        addons: Sequence[Path] = (),
        odoo_port: int = 0,
        workers: int = 0,
        databases_listed: bool = False,
        logged_in: bool = True,
        is_loud: bool = False,
    ):
        self._say = say
        self._modules, self._addons = modules, addons
        self._odoo_port, self._workers = odoo_port, workers
        self._databases_listed = databases_listed
        self._stops = contextlib.ExitStack()
        self.environment = Environment.load()
        self._logged_in, self._is_loud = logged_in, is_loud
        self.logins: list[people.Login] = []
        self.secrets: dict[str, str] = {}

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stops.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stops.close()

    def _start(self) -> None:
        began = time.monotonic()
        environment, say = self.environment, self._say
        prepared = prepared_cluster(environment, say, modules=self._modules, addons=self._addons)
        self.folder = Path(tempfile.mkdtemp(prefix="classroom-telegram-"))
        self._stops.callback(shutil.rmtree, self.folder, ignore_errors=True)
        shutil.copytree(files_of(prepared), self.folder / "odoo")
        say("PostgreSQL: a private cluster")
        self.cluster = self._stops.enter_context(Cluster(environment.pg_bin, prepared))
        say("Telegram: the sandbox")
        self.sandbox = Sandbox(environment, self.folder)
        self._stops.callback(self.sandbox.stop)
        self.sandbox.start()
        with_workers = f", {self._workers} workers behind a proxy" if self._workers else ""
        say(f"Odoo {environment.odoo_version}{with_workers}")
        self.odoo = Odoo(
            environment,
            self.cluster,
            self.folder,
            port=self._odoo_port,
            addons=self._addons,
            databases_listed=self._databases_listed,
            is_loud=self._is_loud,
            workers=self._workers,
        )
        # it is thrown away: in good order it may take many seconds
        self._stops.callback(self.odoo.kill)
        self.odoo.start()
        doorbell = self._people()
        say("the gateway: logging the bot and the account in" if self._logged_in else "the gateway")
        self.gateway = self.make_gateway("gateway-1", doorbell)
        self._make_accounts()
        if self._logged_in:
            self.log_in()
        self.gateway.start(is_ready=self._logged_in)
        say(f"everything runs after {time.monotonic() - began:.0f} s")

    def _people(self) -> tuple[str, str]:
        """Make the users of Odoo. Return the doorbell's login and password."""
        rpc: Rpc = self.odoo.rpc()
        password = secrets.token_urlsafe(12)
        people.make_doorbell(rpc, password)
        people.shorten_notices(rpc)
        if "small_school_telegram" in self._modules:
            self.logins = people.make_logins(rpc)
        rpc.close()
        return people.DOORBELL, password

    def make_gateway(self, name: str, doorbell: tuple[str, str] | None = None) -> Gateway:
        """Make a gateway process of that name, without starting it. By default it has the first
        one's settings."""
        if doorbell is None:
            doorbell = self._doorbell
        self._doorbell = doorbell
        gateway = Gateway(
            self.environment,
            self.cluster,
            self.sandbox,
            self.folder,
            odoo_url=self.odoo.url,
            doorbell=doorbell,
            name=name,
            is_loud=self._is_loud,
        )
        self.secrets[f"session key of {name}"] = gateway.settings["SESSION_KEY"]
        self.secrets[f"api hash of {name}"] = gateway.settings["API_HASH"]
        self._stops.callback(gateway.stop)
        return gateway

    def _make_accounts(self) -> None:
        """The school's bot and account, as Telegram knows them."""
        bot = self.sandbox.post("/bots", first_name="École démo", username=BOT_USERNAME)
        self.secrets["bot token"] = bot["token"]
        self.account_id = self.sandbox.post(
            "/users", first_name="École", last_name="Démo", phone=ACCOUNT_PHONE, lang_code="fr"
        )["id"]

    def log_in(self) -> None:
        """The school's bot and account, by the gateway's commands."""
        self.log_in_bot()
        self.log_in_account()

    def log_in_bot(self) -> None:
        self.gateway.command("login", "bot", answers=f"{self.secrets['bot token']}\n")

    def log_in_account(self) -> None:
        self.secrets["login code"] = self.gateway.login_user(ACCOUNT_PHONE, self.sandbox)

    def keep_logs(self, prefix: str = "") -> Path:
        """Copy what the programs logged to where it stays. Return that folder."""
        kept = LOCAL / "logs"
        kept.mkdir(exist_ok=True)
        for path in self.folder.glob("*.log"):
            shutil.copy(path, kept / f"{prefix}{path.name}")
        return kept

    def check(self) -> list[str]:
        """List what has stopped or gone wrong, in words; empty when all is well."""
        wrong = [
            f"{program.name} has stopped: {program.last_line()}"
            for program in (
                *(self.odoo.program, self.odoo.proxy),
                *(self.sandbox.program, self.gateway.program),
            )
            if program is not None and not program.is_running
        ]
        if not wrong:
            wrong += self.sandbox.get("/health")["wrong"]
        return wrong

"""Odoo with the demo school: prepared once, then started from what was prepared."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import itertools
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx

from .cluster import ODOO_ROLE, Cluster
from .environment import LOCAL, LOOPBACK, ROOT, Environment, check_port, free_port
from .errors import OdooRefusal, StackError
from .program import Program, wait_until
from .proxy import start_proxy

DATABASE = "school"
ADMIN = ("admin", "admin")
MODULES = ("small_school_telegram",)
_START_S = 120.0
_INSTALL_S = 900.0
_NO_MEMORY_LIMITS = ("--limit-memory-hard=0", "--limit-memory-soft=0")
_CRON_WORKERS = 2


class Rpc:
    """Odoo's execute_kw as one user. Raises OdooRefusal with Odoo's own sentence."""

    def __init__(self, url: str, login: str, password: str, database: str = DATABASE):
        self.url, self.login, self._password, self._database = url, login, password, database
        self._http = httpx.Client(base_url=url, timeout=120)
        self._numbers = itertools.count(1)
        self._uid = 0

    def _call(self, service: str, method: str, *args: Any) -> Any:
        answer = self._http.post(
            "/jsonrpc",
            json={
                "jsonrpc": "2.0",
                "method": "call",
                "id": next(self._numbers),
                "params": {"service": service, "method": method, "args": args},
            },
        ).json()
        if "error" in answer:
            data = answer["error"].get("data", {})
            reason = (data.get("arguments") or [data.get("message") or answer["error"]["message"]])[
                0
            ]
            raise OdooRefusal(f"Odoo refuses: {reason}", data.get("name", ""))
        return answer.get("result")  # there is none where a method returns nothing

    def execute(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a public method of a model."""
        if not self._uid:
            self._uid = self._call("common", "login", self._database, self.login, self._password)
            if not self._uid:
                raise StackError(f"Odoo does not know {self.login}, or not with this password.")
        login = (self._database, self._uid, self._password)
        return self._call("object", "execute_kw", *login, model, method, args, kwargs)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


def fingerprint(environment: Environment, modules: Sequence[str], addons: Sequence[Path]) -> str:
    """Changes whenever a database prepared before would not be the same any more."""
    digest = hashlib.sha256()
    for text in (environment.odoo_version, str(environment.odoo_bin), *modules):
        digest.update(text.encode())
    for folder in (ROOT / "addons", *addons):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in (".py", ".xml", ".csv", ".po"):
                digest.update(str(path.relative_to(folder)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


class Odoo:
    """The server. `url` is its address; `rpc(login, password)` speaks to it.

    `workers`: so many processes answer, with Odoo's default limits; two more run the crons, one
    more the event server, and a proxy is before them. 0: everything is one process.
    """

    def __init__(
        self,
        environment: Environment,
        cluster: Cluster,
        folder: Path,
        *,
        port: int = 0,
        addons: Sequence[Path] = (),
        databases_listed: bool = False,
        is_loud: bool = False,
        workers: int = 0,
    ):
        self._is_loud = is_loud
        self._workers = workers
        self._databases_listed = databases_listed
        self._environment = environment
        self._cluster = cluster
        self._folder = folder
        self._addons = addons
        self.port = check_port(port, "Odoo") if port else free_port()
        self.program: Program | None = None
        self.proxy: Program | None = None

    @property
    def url(self) -> str:
        """Where browsers and the gateway find it."""
        return f"http://{LOOPBACK}:{self.port}"

    def _command(self, *more: str) -> list[str]:
        environment = self._environment
        return [
            *(str(environment.odoo_python), str(environment.odoo_bin)),
            *(f"--db_host={self._cluster.folder}", f"--db_user={ODOO_ROLE}", "-d", DATABASE),
            f"--data-dir={self._folder / 'odoo'}",
            f"--addons-path={environment.addons_path(*self._addons)}",
            *more,
        ]

    def _run(self, name: str, *more: str) -> Program:
        environ = {
            "PYTHONPATH": self._environment.odoo_pythonpath,
            "TZ": "UTC",
            # Odoo's backup calls pg_dump
            "PATH": f"{self._environment.pg_bin}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        }
        return Program(name, self._command(*more), log=self._folder / "odoo.log", environ=environ)

    def install(self, modules: Sequence[str]) -> None:
        """Make the database with these modules, in English and French."""
        self._cluster.run(
            "createdb", "-h", str(self._cluster.folder), "-O", ODOO_ROLE, "-E", "UTF8", DATABASE
        )
        self.install_more(modules)

    def install_more(self, modules: Sequence[str]) -> None:
        """Install these modules in the database that is there. Raises StackError."""
        program = self._run(
            "Odoo",
            *("-i", ",".join(modules), "--load-language=en_US,fr_FR", "--without-demo=all"),
            *("--no-http", "--stop-after-init", *_NO_MEMORY_LIMITS),
        )
        try:
            if program.wait(_INSTALL_S):
                raise StackError(f"Odoo could not be installed: {program.last_line()}")
        finally:
            program.stop()

    def start(self) -> None:
        """Serve; returns once pages are answered. Raises StackError."""
        self.program = self._run(
            "Odoo",
            f"--http-interface={LOOPBACK}",
            *(self._several() if self._workers else self._one()),
            *(() if self._databases_listed else ("--no-database-list",)),
            # calls with their arguments, answers, and statements
            *(("--log-level=debug_rpc_answer", "--log-sql") if self._is_loud else ()),
        )
        programs = [one for one in (self.program, self.proxy) if one is not None]
        # the event server knows that path, and answers that it wants JSON
        wanted = {"/web/login": 200, **({"/longpolling/poll": 400} if self._workers else {})}

        def answers() -> bool:
            try:
                return all(
                    httpx.get(f"{self.url}{path}", timeout=30).status_code == status
                    for path, status in wanted.items()
                )
            except httpx.TransportError:
                return False

        wait_until("Odoo", answers, within_s=_START_S, programs=programs)

    def _one(self) -> list[str]:
        port = f"--http-port={self.port}"
        return [port, "--workers=0", "--max-cron-threads=1", *_NO_MEMORY_LIMITS]

    def _several(self) -> list[str]:
        """Start the proxy. Return the options of an Odoo with workers behind it."""
        http_port, event_port = free_port(), free_port()
        self.proxy = start_proxy(
            self._environment,
            self._folder,
            port=self.port,
            http_port=http_port,
            event_port=event_port,
        )
        return [
            *(f"--http-port={http_port}", f"--longpolling-port={event_port}", "--proxy-mode"),
            *(f"--workers={self._workers}", f"--max-cron-threads={_CRON_WORKERS}"),
        ]

    def rpc(self, login: str = ADMIN[0], password: str = ADMIN[1]) -> Rpc:
        """A connection as that user."""
        return Rpc(self.url, login, password)

    def stop(self) -> None:
        """End it in good order."""
        if self.proxy:
            self.proxy.stop()
            self.proxy = None
        if self.program:
            self.program.stop()
            self.program = None

    def kill_workers(self) -> None:
        """SIGKILL to its workers, as when the machine has no memory left; others follow them."""
        assert self.program is not None
        parent = self.program.process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGKILL)

    def kill(self) -> None:
        """End it at once, as a crash would: in good order it may take many seconds."""
        for program in (self.proxy, self.program):
            if program:
                program.kill()
        self.proxy = self.program = None


def prepared_cluster(
    environment: Environment,
    say: Any,
    *,
    modules: Sequence[str] = MODULES,
    addons: Sequence[Path] = (),
) -> Path:
    """A tar file of a cluster with the school installed; made when it is not there yet.

    Odoo's files for it are in the folder `files_of(…)`.
    """
    LOCAL.mkdir(exist_ok=True)
    target = LOCAL / f"school-{fingerprint(environment, modules, addons)}.tar"
    with _alone(target.with_suffix(".lock")):
        if not (target.exists() and files_of(target).exists()):
            _prepare(target, environment, say, modules, addons)
    return target


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One process at a time: those who come meanwhile find what the first one prepared."""
    with lock.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _prepare(
    target: Path,
    environment: Environment,
    say: Any,
    modules: Sequence[str],
    addons: Sequence[Path],
) -> None:
    say(f"installing {', '.join(modules)} in Odoo {environment.odoo_version} (once, some minutes)")
    folder = Path(tempfile.mkdtemp(prefix="classroom-telegram-"))
    try:
        with Cluster(environment.pg_bin) as cluster:
            Odoo(environment, cluster, folder, addons=addons).install(modules)
            shutil.rmtree(files_of(target), ignore_errors=True)
            shutil.copytree(folder / "odoo", files_of(target))
            cluster.pack(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    # those of earlier versions of the addons are of no use; foreign ones are left for their tests
    old = sorted(LOCAL.glob("school-*.tar"), key=lambda path: path.stat().st_mtime)[:-4]
    for path in old:
        shutil.rmtree(files_of(path), ignore_errors=True)
        path.unlink()
        path.with_suffix(".lock").unlink(missing_ok=True)


def files_of(prepared: Path) -> Path:
    """Odoo's data folder (its filestore) that belongs to a prepared cluster."""
    return prepared.with_suffix(".files")

"""A private PostgreSQL cluster: a socket in its own folder, no network, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from .environment import check_space, is_root
from .errors import StackError
from .system import check_program, check_user, find_program

ODOO_ROLE = "odoo"
GATEWAY_ROLE = "telegram_gateway"
_ROLES = (
    f"CREATE ROLE {ODOO_ROLE} LOGIN CREATEDB; CREATE ROLE {GATEWAY_ROLE} LOGIN;"
    f" GRANT {GATEWAY_ROLE} TO {ODOO_ROLE};"
)
_FOLDERS = "/var/tmp"


class Cluster:
    """`with Cluster(pg_bin) as cluster`. `folder` holds socket, data and log.

    `prepared`: a tar file of a data folder that `pack` made; without one a new cluster is made.
    """

    def __init__(self, pg_bin: Path, prepared: Path | None = None):
        self._bin = pg_bin
        self._prepared = prepared
        self._as = []
        if is_root():
            user = check_user("postgres", "postgresql")
            self._as = [find_program("runuser", "util-linux"), "-u", user, "--"]
        self._is_up = False
        self._guard: subprocess.Popen[bytes] | None = None
        check_space(Path(_FOLDERS))
        # PostgreSQL's user may not be able to reach into the checkout
        self.folder = Path(tempfile.mkdtemp(prefix="classroom-telegram-", dir=_FOLDERS))

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str, role: str) -> str:
        """The address of a database for one role."""
        return f"postgresql://{role}@/{database}?host={self.folder}"

    def run(self, *command: str, input_text: str | None = None) -> str:
        """Run one of PostgreSQL's programs. Return what it printed. Raises StackError with its
        reason."""
        done = subprocess.run(
            [*self._as, check_program(self._bin / command[0], "script/setup"), *command[1:]],
            capture_output=True,
            text=True,
            cwd=self.folder,
            input=input_text or "",
        )
        if done.returncode:
            output = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
            raise StackError(f"PostgreSQL refuses ({command[0]}): {output[-1]}")
        return done.stdout

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run a statement as the superuser; rows as text, columns apart by “|”."""
        return self.run("psql", "-h", str(self.folder), "-d", database, "-qAtc", statement).strip()

    def start(self) -> None:
        """Make the data folder and listen. Raises StackError."""
        if is_root():
            shutil.chown(self.folder, "postgres", "postgres")
        self.folder.chmod(0o755)
        data = str(self._data)
        if self._prepared is None:
            self.run("initdb", "-D", data, "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust")
        else:
            _tar("-xf", str(self._prepared), "-C", str(self.folder))
        # what is lost with the machine is not missed: the cluster lives as long as we do
        options = (
            f"-c listen_addresses='' -c unix_socket_directories={self.folder}"
            " -c fsync=off -c full_page_writes=off"
        )
        log = str(self.folder / "log")
        self.run("pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")
        self._is_up = True
        if self._prepared is None:
            self.sql(_ROLES)
        if self._guard is None:
            self._guard = subprocess.Popen(
                ["/bin/sh", "-c", _GUARD, "guard", str(self.folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def stop(self) -> None:
        """End at once, and take everything away."""
        if self._is_up:
            self._is_up = False
            self.run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.close()
            self._guard.wait()

    def pack(self, target: Path) -> None:
        """Stop in good order and keep the data folder as a tar file; then start again."""
        self.run("pg_ctl", "-D", str(self._data), "-m", "fast", "-w", "stop")
        self._is_up = False
        partly = target.with_suffix(".part")
        _tar("-cf", str(partly), "-C", str(self.folder), "data")
        os.replace(partly, target)
        self._prepared = target
        shutil.rmtree(self._data)
        self.start()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


# PostgreSQL detaches itself from us. This shell waits for our end, whatever ended us, in reading
# from a pipe that only we hold open; in good order there is nothing left for it to do.
_GUARD = """
read _
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) || exit 0
kill -QUIT "$pid"
while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
rm -rf "$1"
"""


def _tar(*arguments: str) -> None:
    tar = find_program("tar", "tar")
    done = subprocess.run([tar, *arguments], capture_output=True, text=True)
    if done.returncode:
        raise StackError(f"tar refuses: {done.stderr.strip().splitlines()[-1]}")

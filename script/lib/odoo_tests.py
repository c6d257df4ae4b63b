"""Runs the addons' own tests in Odoo, on a private PostgreSQL cluster that is gone afterwards."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from demo.stack.errors import StackError  # noqa: E402
from demo.stack.system import check_program, check_user, find_program  # noqa: E402

INSTALL = "small_school_telegram,foreign_school_telegram"
TAGS = (
    "/telegram_mail_guard,/lesson_register,/telegram_base,/telegram_school"
    ",/small_school,/small_school_telegram"
    ",/foreign_school,/foreign_school_telegram"
)
#: The tests of rights among them.
RIGHTS = "telegram_rights"


def environment() -> dict[str, str]:
    """The environment that script/setup found: see .local/env."""
    lines = (ROOT / ".local" / "env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


class Cluster:
    """A throw-away cluster that listens on a socket in its own folder only."""

    def __init__(self, binaries: str):
        self._binaries = Path(binaries)
        self._as: list[str] = []
        try:
            if os.geteuid() == 0:
                user = check_user("postgres", "postgresql")
                self._as = [find_program("runuser", "util-linux"), "-u", user, "--"]
            check_program(self._binaries / "initdb", "script/setup")
        except StackError as error:
            raise SystemExit(str(error)) from None
        # PostgreSQL refuses to run as root, and its user may not reach into the checkout
        self.folder = Path(tempfile.mkdtemp(prefix="classroom-telegram-", dir="/var/tmp"))
        if self._as:
            shutil.chown(self.folder, "postgres", "postgres")
        self.folder.chmod(0o755)

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            [*self._as, str(self._binaries / command[0]), *command[1:]],
            capture_output=True,
            text=True,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            raise SystemExit(f"PostgreSQL refuses: {(done.stderr or done.stdout).strip()[-300:]}")

    def __enter__(self) -> Cluster:
        data = str(self.folder / "data")
        self._run("initdb", "-D", data, "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust")
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c fsync=off"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")
        self._run("psql", "-h", str(self.folder), "-d", "postgres", "-qc", _ROLES)
        self._run("createdb", "-h", str(self.folder), "-O", "odoo", "school")
        return self

    def __exit__(self, *_error: object) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


_ROLES = (
    "CREATE ROLE odoo LOGIN CREATEDB; CREATE ROLE telegram_gateway LOGIN;"
    " GRANT telegram_gateway TO odoo;"
)


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(tags: str = TAGS) -> tuple[int, int, int]:
    """Run the addons' tests with these tags and print what failed.

    Return (passed, failed, skipped)."""
    began = time.monotonic()
    found = environment()
    log = ROOT / ".local" / "odoo-tests.log"
    with Cluster(found["PG_BIN"]) as cluster, tempfile.TemporaryDirectory() as data:
        command = [
            *(found["ODOO_PYTHON"], found["ODOO_BIN"], f"--db_host={cluster.folder}"),
            *("--db_user=odoo", "-d", "school", f"--data-dir={data}"),
            # for the tests that open pages
            *("--http-interface=127.0.0.1", f"--http-port={free_port()}"),
            f"--addons-path={found['ODOO_ADDONS']},{ROOT}/addons,{ROOT}/tests/addons",
            *("-i", INSTALL, "--test-enable", "--test-tags", tags, "--stop-after-init"),
            *("--limit-memory-hard=0", "--load-language=fr_FR"),
        ]
        environ = {**os.environ, "PYTHONPATH": found["ODOO_PYTHONPATH"]}
        if tags == RIGHTS:
            environ.setdefault("RIGHTS_SHARE", "1")
        with log.open("w") as stream:
            code = subprocess.run(
                command, env=environ, stdout=stream, stderr=stream, stdin=subprocess.DEVNULL
            ).returncode
    text = log.read_text(errors="replace")
    whole = re.search(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests", text)
    if whole:  # Odoo 14 counts by itself
        failed, total = int(whole[1]) + int(whole[2]), int(whole[3])
    else:
        total = sum(map(int, re.findall(r": Ran (\d+) tests? in", text)))
        failed = len(re.findall(r" (?:FAIL|ERROR): \w+\.test_", text))
    skipped = len(re.findall(r": skipped ", text))
    if code and not failed:
        failed = 1
    if failed or not total:
        wrong = [line for line in text.splitlines() if re.search(r" (ERROR|CRITICAL) ", line)]
        print("\n".join(wrong[-20:] or text.splitlines()[-20:]))
    passed, took_s = total - failed - skipped, time.monotonic() - began
    print(f"addons (Odoo {found['ODOO_VERSION']}): {passed} of {total} passed, {took_s:.0f} s")
    return passed, failed or int(not total), skipped

"""Where script/setup put things, and small questions about the machine."""

from __future__ import annotations

import errno
import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from .errors import StackError

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
LOOPBACK = "127.0.0.1"
NEEDED_BYTES = 600 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Paths that script/setup found; `odoo_pythonpath` is for Odoo's Python alone."""

    python: Path
    pg_bin: Path
    odoo_python: Path
    odoo_pythonpath: str
    odoo_bin: Path
    odoo_addons: str
    odoo_version: str
    chromium: str
    nginx: str

    @classmethod
    def load(cls) -> Environment:
        """Raises StackError before script/setup has run."""
        try:
            lines = (LOCAL / "env").read_text().splitlines()
        except OSError:
            raise StackError("Nothing is set up yet: run script/setup first.") from None
        settings = dict(line.split("=", 1) for line in lines if "=" in line)
        try:
            return cls(
                python=Path(settings["PYTHON"]),
                pg_bin=Path(settings["PG_BIN"]),
                odoo_python=Path(settings["ODOO_PYTHON"]),
                odoo_pythonpath=settings["ODOO_PYTHONPATH"],
                odoo_bin=Path(settings["ODOO_BIN"]),
                odoo_addons=settings["ODOO_ADDONS"],
                odoo_version=settings["ODOO_VERSION"],
                chromium=settings.get("CHROMIUM", ""),
                nginx=settings.get("NGINX", ""),
            )
        except KeyError as missing:
            raise StackError(f"{missing} is not set up: run script/setup first.") from None

    def addons_path(self, *more: Path) -> str:
        """Odoo's and ours."""
        return ",".join([self.odoo_addons, str(ROOT / "addons"), *map(str, more)])


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def check_port(port: int, what: str) -> int:
    """The port, if it is free. Raises StackError when something listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise StackError(
                    f"Port {port}, wanted for {what}, is taken: stop what listens there or"
                    " choose another one."
                ) from None
            raise StackError(f"Port {port} cannot be used: {error.strerror}.") from None
    return port


def check_space(folder: Path) -> None:
    """Raises StackError where too little room is left for a database."""
    free = shutil.disk_usage(folder).free
    if free < NEEDED_BYTES:
        raise StackError(
            f"The disk is full: {folder} has {free // 2**20} MB left,"
            f" {NEEDED_BYTES // 2**20} MB are needed."
        )


def is_root() -> bool:
    """PostgreSQL refuses to run as root and is then run as its own user."""
    return os.geteuid() == 0

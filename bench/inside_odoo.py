"""Odoo without a server, for benchmarks: a private cluster with a school, and code run inside."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from demo.stack.cluster import ODOO_ROLE, Cluster
from demo.stack.environment import LOCAL, Environment
from demo.stack.errors import StackError
from demo.stack.odoo import DATABASE, files_of, prepared_cluster

#: The scripts that Odoo's Python runs. Each prints one line that begins so, and JSON after it.
SCRIPTS = Path(__file__).parent / "inside"
_RESULT = "RESULT "


class Inside:
    """A school whose code runs without a server."""

    def __init__(self, environment: Environment, cluster: Cluster, data: Path):
        self.cluster = cluster
        self._environment, self._data = environment, data

    def run(self, script: str, **names: Any) -> Any:
        """Run a file of `inside/` in Odoo's shell, where `env` is the database's; `names` are its
        variables. Return what it gives. Raises StackError with its last lines."""
        environment = self._environment
        said = "".join(f"{name} = {value!r}\n" for name, value in names.items())
        done = subprocess.run(
            [
                *(str(environment.odoo_python), str(environment.odoo_bin), "shell"),
                *(f"--db_host={self.cluster.folder}", f"--db_user={ODOO_ROLE}", "-d", DATABASE),
                *(f"--data-dir={self._data}", f"--addons-path={environment.addons_path()}"),
                *("--no-http", "--limit-memory-hard=0", "--log-level=error"),
            ],
            input=said + (SCRIPTS / "common.py").read_text() + (SCRIPTS / script).read_text(),
            capture_output=True,
            text=True,
            env={
                "PYTHONPATH": environment.odoo_pythonpath,
                "TZ": "UTC",
                "PATH": os.environ.get("PATH", os.defpath),
            },
        )
        for line in done.stdout.splitlines():
            if line.startswith(_RESULT):
                if done.stderr.strip():
                    print(done.stderr.strip())
                return json.loads(line[len(_RESULT) :])
        raise StackError(f"{script} failed:\n" + "\n".join(done.stderr.splitlines()[-30:]))


@contextmanager
def school(
    say: Callable[[str], Any], modules: Sequence[str], is_as_kept: bool = False
) -> Iterator[Inside]:
    """A school with these modules, from the one that is kept in `.local`. is_as_kept: the newest of
    these, though the addons may have changed since (their tables must not have)."""
    environment = Environment.load()
    mark = LOCAL / f"bench-{'-'.join(modules)}"
    if is_as_kept and mark.exists():
        prepared = Path(mark.read_text())
    else:
        prepared = prepared_cluster(environment, say, modules=modules)
        mark.write_text(str(prepared))
    folder = Path(tempfile.mkdtemp(prefix="classroom-telegram-"))
    try:
        shutil.copytree(files_of(prepared), folder / "odoo")
        with Cluster(environment.pg_bin, prepared) as cluster:
            yield Inside(environment, cluster, folder / "odoo")
    finally:
        shutil.rmtree(folder, ignore_errors=True)

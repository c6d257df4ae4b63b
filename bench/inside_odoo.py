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

#: Classes of the small school with their groups, numbered from 1; places: `classes`.
MAKE_CLASSES = """
CREATE TEMP TABLE class AS
SELECT n, nextval('small_school_classroom_id_seq')::int AS id, nextval('telegram_chat_id_seq')::int AS chat
FROM generate_series(1, {classes}) n;
INSERT INTO small_school_classroom (id, name, company_id, tz, lang, active, create_date, write_date)
SELECT id, 'Classe ' || n, 1, 'Europe/Paris', 'fr_FR', true,
    now() - interval '30 days', now() - interval '30 days' FROM class;
INSERT INTO telegram_chat (id, name, mark, lang, active, company_id, res_model, res_id,
    title_policy, promotion_policy, archive_policy, join_policy, leave_policy, stranger_policy,
    history_policy, most_removals, most_removals_percent, add_contacts, create_date, write_date)
SELECT chat, 'Classe ' || n, 'bench-' || n, 'fr_FR', true, 1, 'small_school.classroom', id,
    'accept', 'restore', 'read_only', 'ask', 'unenrol', 'out', 'visible', 5, 10, true,
    now() - interval '30 days', now() - interval '30 days' FROM class;
INSERT INTO telegram_chat_state (chat_id, tg_chat_id, state, invite_link, anchor_message_id,
    is_list_whole, checked_at, listed_at, seen_at)
SELECT chat, 1000000000 + n, 'ready', 'https://t.me/+bench' || n, 1, true, now(), now(), now()
FROM class;
"""


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

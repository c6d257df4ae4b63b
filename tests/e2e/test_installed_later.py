"""Telegram is installed in a school that has worked for years: nothing of it is switched on."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from demo.stack.cluster import Cluster
from demo.stack.environment import Environment
from demo.stack.odoo import Odoo, files_of, prepared_cluster

_OLD = """
INSERT INTO small_school_classroom (name, company_id, tz, lang, active)
SELECT 'Ancienne ' || n, 1, 'Europe/Paris', 'fr_FR', true FROM generate_series(1, 306) AS n;
INSERT INTO small_school_lesson (name, classroom_id, start, stop, state, sheet_state)
SELECT 'Séance', id, now() AT TIME ZONE 'utc' + interval '1 day',
       now() AT TIME ZONE 'utc' + interval '25 hours', 'planned', 'draft'
FROM small_school_classroom;
"""


def _say(line: str) -> None:
    print(line)


def test_installed_later__no_class_that_was_there_gets_a_group() -> None:
    environment = Environment.load()
    prepared = prepared_cluster(environment, _say, modules=("small_school",))
    with (
        Cluster(environment.pg_bin, prepared) as cluster,
        tempfile.TemporaryDirectory() as folder,
    ):
        shutil.copytree(files_of(prepared), Path(folder) / "odoo")
        cluster.sql(_OLD, "school")
        odoo = Odoo(environment, cluster, Path(folder))
        odoo.install_more(["small_school_telegram"])

        def count(what: str) -> int:
            return int(cluster.sql(f"SELECT count(*) FROM {what}", "school"))

        assert count("small_school_classroom") == 306
        assert count("telegram_chat WHERE is_wanted") == 0
        assert count("telegram_outbox WHERE kind <> 'prune'") == 0
        assert count("res_partner WHERE telegram_mail_wish <> 'never'") == 0
        # a class that is made afterwards has one
        odoo.start()
        rpc = odoo.rpc()
        try:
            rpc.execute("small_school.classroom", "create", {"name": "Nouvelle"})
        finally:
            rpc.close()
            odoo.stop()
        assert count("telegram_chat WHERE is_wanted") == 1

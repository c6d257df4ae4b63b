"""Where the parts measure: the gateway's tests' own harness, without pytest."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg

from demo.stack.cluster import ODOO_ROLE, Cluster
from demo.stack.environment import Environment
from demo.stack.odoo import prepared_cluster
from gateway.tests.harness.line import Line
from gateway.tests.harness.school import SCHOOL, School

_COPY = "measured"


@contextlib.contextmanager
def tables() -> Iterator[School]:
    """A fresh copy of the tables that Odoo's addons make."""
    environment = Environment.load()
    with Cluster(environment.pg_bin, prepared_cluster(environment, lambda _said: None)) as cluster:
        url = cluster.url("postgres", "postgres")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{_COPY}" TEMPLATE "{SCHOOL}" OWNER {ODOO_ROLE}')
        school = School(cluster, _COPY)
        try:
            yield school
        finally:
            school.odoo.close()


@contextlib.asynccontextmanager
async def opened(*, is_proxied: bool = False, **settings: Any) -> AsyncIterator[Line]:
    """A `Line` on such tables, whose gateway does not run yet. `is_proxied`: its line can be
    broken; `settings` of the gateway's that differ."""
    with tables() as school, tempfile.TemporaryDirectory() as folder:
        async with Line.open(school, Path(folder)) as line:
            line.settings = line.settings.model_copy(update=settings)
            if is_proxied:
                await line.through_proxy()
            yield line
            await line.stop()
            line.check()

"""A private cluster with the tables that Odoo's addons really make; each test has a fresh copy.

Tests connect as the gateway's own role, which may do what telegram_base grants it and nothing
else. What Odoo does is done through `School.odoo`, as Odoo's role. With several processes of
pytest each has a cluster of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from demo.stack.cluster import ODOO_ROLE, Cluster
from demo.stack.environment import Environment
from demo.stack.odoo import prepared_cluster
from gateway.tests.school import SCHOOL, TABLES, School


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Installing takes minutes, so it is done once for all tests and kept until addons change."""
    environment = Environment.load()
    with Cluster(environment.pg_bin, prepared_cluster(environment, print)) as cluster:
        cluster.sql(f'CREATE DATABASE "{TABLES}" TEMPLATE "{SCHOOL}" OWNER {ODOO_ROLE}')
        yield cluster


_copies = itertools.count(1)


@pytest.fixture
def school(cluster: Cluster) -> Iterator[School]:
    """A fresh copy of the database."""
    name = f"copy_{next(_copies)}"
    cluster.sql(f'CREATE DATABASE "{name}" TEMPLATE "{TABLES}" OWNER {ODOO_ROLE}')
    school = School(cluster, name)
    yield school
    school.odoo.close()
    cluster.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

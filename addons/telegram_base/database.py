"""Tables that another program shares: database defaults, rights for that program's role, partial
indexes. Odoo makes none of them by itself.

Called from the models' `init()`, so at each installation and each upgrade: an upgrade may lose
rights, and all of this can be repeated without harm.
"""

# names of tables and columns are ours, and cannot be parameters
# pylint: disable=sql-injection

import logging

from psycopg2 import sql

from odoo.tools import config

_logger = logging.getLogger(__name__)

DEFAULT_ROLE = "telegram_gateway"

#: The SQL expression for "now" in Odoo's columns: naive, UTC, start of the transaction.
NOW = "(now() AT TIME ZONE 'UTC')"

#: Rights on tables that the gateway alone writes.
ALL = "SELECT, INSERT, UPDATE, DELETE"


def gateway_role():
    """Return the name of the gateway's database role, `telegram_gateway_role` in Odoo's
    configuration."""
    return config.get("telegram_gateway_role") or DEFAULT_ROLE


def role_exists(cr, role=None):
    """True if the database cluster knows the role (default: the gateway's)."""
    cr.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role or gateway_role()])
    return bool(cr.fetchone())


def set_defaults(cr, table, defaults):
    """Give columns their database defaults.

    defaults: dict column → SQL expression (a literal of our own, never a person's input).
    """
    for column, expression in sorted(defaults.items()):
        cr.execute(
            sql.SQL("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {}").format(
                sql.Identifier(table), sql.Identifier(column), sql.SQL(expression)
            )
        )


def grant(cr, table, privileges, columns=None):
    """Grant the gateway's role `privileges` ("SELECT, INSERT"…) on the table, and nothing else.

    columns: dict privilege → list of columns, for rights on single columns. All rights that the
    role had on the table are revoked first. A role that does not exist is reported in the log; the
    installation continues, and the next upgrade grants the rights.
    """
    role = gateway_role()
    if not role_exists(cr, role):
        _logger.warning(
            "Database role %s does not exist: the gateway gets no rights on %s. "
            "Create the role, make Odoo's role a member of it, and upgrade telegram_base.",
            role,
            table,
        )
        return
    names = {"table": sql.Identifier(table), "role": sql.Identifier(role)}
    cr.execute(sql.SQL("REVOKE ALL ON {table} FROM {role}").format(**names))
    cr.execute(sql.SQL("GRANT " + privileges + " ON {table} TO {role}").format(**names))
    for privilege, listed in sorted((columns or {}).items()):
        cr.execute(
            sql.SQL("GRANT " + privilege + " ({columns}) ON {table} TO {role}").format(
                columns=sql.SQL(", ").join(map(sql.Identifier, listed)), **names
            )
        )
    if "INSERT" in privileges:
        cr.execute(
            sql.SQL("GRANT USAGE ON SEQUENCE {sequence} TO {role}").format(
                sequence=sql.Identifier(table + "_id_seq"), **names
            )
        )


def grant_execute(cr, function):
    """Let the gateway's role call a function of ours, given as `name(argument types)`."""
    role = gateway_role()
    if role_exists(cr, role):
        cr.execute(
            sql.SQL("GRANT EXECUTE ON FUNCTION " + function + " TO {}").format(sql.Identifier(role))
        )


def without_jit(cr):
    """Have PostgreSQL compile no query of this transaction: that takes seconds for a long query
    over few rows. Versions without compilation are left alone."""
    cr.execute(
        "SELECT set_config('jit', 'off', true) WHERE current_setting('jit', true) IS NOT NULL"
    )


def create_index(cr, name, table, columns, where=None, unique=False):
    """Create an index if it is missing. columns and where: SQL of our own."""
    cr.execute(
        "CREATE {unique} INDEX IF NOT EXISTS {name} ON {table} ({columns}) {where}".format(
            unique="UNIQUE" if unique else "",
            name=name,
            table=table,
            columns=columns,
            where="WHERE " + where if where else "",
        )
    )

"""The failed commands that still matter, by the judgement of `lines`."""

from .sources import FAILED


def failed_command_ids(env, pool=None, kind=None, error_code=None, limit=None):
    """Return the ids of those that this user may see, for a pool, a kind and a reason if given."""
    env["telegram.outbox"].flush()
    env.cr.execute(
        "SELECT o.id FROM telegram_outbox o WHERE "
        + FAILED
        + " AND (%(pool)s IS NULL OR o.pool = %(pool)s)"
        " AND (%(kind)s IS NULL OR o.kind = %(kind)s)"
        " AND (%(code)s IS NULL OR coalesce(o.error_code, '') = %(code)s)"
        " ORDER BY o.id DESC LIMIT %(limit)s",
        {"pool": pool, "kind": kind, "code": error_code, "limit": limit},
    )
    ids = [row[0] for row in env.cr.fetchall()]
    return env["telegram.outbox"].search([("id", "in", ids)]).ids

"""The progress of the last full check of all groups, for each pool."""

from odoo import _


class FullChecks:
    """Full checks of all groups, which are commands whose key begins with `check:`."""

    def __init__(self, env):
        self.env = env

    def by_pool(self):
        """Return {pool: dict(total, done, failed, over: done or failed, is_running, percent,
        sentence)}."""
        self.env.cr.execute(
            """
            SELECT pool, count(*), count(*) FILTER (WHERE state = 'done'),
                   count(*) FILTER (WHERE state IN ('failed', 'expired', 'cancelled'))
            FROM telegram_outbox
            WHERE (pool, split_part(key, ':', 2)) IN (
                SELECT DISTINCT ON (pool) pool, split_part(key, ':', 2) FROM telegram_outbox
                WHERE key LIKE 'check:%' ORDER BY pool, id DESC) AND key LIKE 'check:%'
            GROUP BY pool
            """
        )
        checks = {}
        for pool, total, done, failed in self.env.cr.fetchall():
            check = {"total": total, "done": done, "failed": failed, "over": done + failed}
            if check["over"] < total:
                sentence = _("Full check of all groups: %(over)s of %(total)s…")
            elif failed:
                sentence = _(
                    "Last full check of all groups: %(done)s of %(total)s were read, %(failed)s "
                    "could not be."
                )
            else:
                sentence = _("Last full check of all groups: all %(total)s were read.")
            checks[pool] = dict(
                check,
                is_running=check["over"] < total,
                percent=100 * check["over"] // total,
                sentence=sentence % check,
            )
        return checks

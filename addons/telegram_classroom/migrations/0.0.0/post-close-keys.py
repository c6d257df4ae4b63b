"""Adds the lesson's end to the keys of closes that wait, or were done.

The due time of a close is the end of its lesson, except for one that was brought forward since its
lesson was moved away: such a row belongs to no present lesson. Run again, it changes nothing; it is
in `0.0.0`, which Odoo 13 and 14 both run.
"""


def migrate(cr, version):
    cr.execute(
        r"""
        UPDATE telegram_outbox
        SET key = regexp_replace(
            key, ':close$', to_char(due_at, '"/"YYYY-MM-DD"T"HH24:MI:SS"Z:close"')
        )
        WHERE kind = 'close_call' AND key ~ '^lesson:[^:]+:[0-9]+:[^/]+Z:close$'
        """
    )

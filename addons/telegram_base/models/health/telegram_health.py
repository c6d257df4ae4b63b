import json

from odoo import api, fields, models, tools

from ... import database
from ...health import lines as health_lines
from ...health import sources as health_sources


class TelegramHealthChat(models.Model):
    """One row per group that should be there: how it is and what the last full check found."""

    _name = "telegram.health.chat"
    _description = "Telegram: health of a group"
    _auto = False
    _order = "name, id"

    chat_id = fields.Many2one("telegram.chat", "Group", readonly=True)
    name = fields.Char("Title", readonly=True)
    state = fields.Char(readonly=True)
    error_code = fields.Char(readonly=True)
    checked_at = fields.Datetime("Last full check", readonly=True)
    checked_people = fields.Integer("People", readonly=True)
    checked_differences = fields.Integer("Differences", readonly=True)
    is_list_whole = fields.Boolean(readonly=True)
    is_reviewed = fields.Boolean(readonly=True)
    held = fields.Integer(readonly=True)
    paused_at = fields.Datetime(readonly=True)
    last_kind = fields.Char(readonly=True)
    last_at = fields.Datetime(readonly=True)

    def init(self):
        _make_view(self.env.cr, self._table, health_sources.CHATS_SQL)


class TelegramHealth(models.Model):
    """How everything is, line by line: judged in SQL, see `health.lines`; here come the words."""

    _name = "telegram.health"
    _description = "Telegram: health"
    _auto = False
    _order = "id"

    section = fields.Char(readonly=True)
    code = fields.Char(readonly=True)
    level = fields.Char(readonly=True)
    subject = fields.Char(readonly=True)
    chat_id = fields.Many2one("telegram.chat", "Group", readonly=True)
    is_alarm = fields.Boolean(readonly=True)
    facts = fields.Text(readonly=True)

    def init(self):
        _make_view(self.env.cr, self._table, health_lines.lines_sql())

    @api.model
    def _lines(self):
        """What may be seen by this user, in the order of the page: dicts(pool or None, section,
        code, level, subject, chat_id or None, is_alarm, facts dict). One query."""
        self.check_access_rights("read")
        self.flush()
        query = self._where_calc([])
        self._apply_ir_rules(query, "read")
        tables, where, params = query.get_sql()
        self.env.cr.execute(
            "SELECT pool, section, code, level, subject, telegram_health.chat_id, is_alarm, facts"
            " FROM {} {} ORDER BY telegram_health.id".format(
                tables, "WHERE " + where if where else ""
            ),
            params,
        )
        return [dict(row, facts=json.loads(row["facts"])) for row in self.env.cr.dictfetchall()]

    @api.model
    def _worst(self, lines):
        """The worst level among lines; "ok" when there are none."""
        return max((line["level"] for line in lines), key=health_lines.LEVELS.index, default="ok")


def _make_view(cr, table, query):
    """Make the view anew; the gateway reads it with its own role."""
    tools.drop_view_if_exists(cr, table)
    cr.execute('CREATE VIEW "{}" AS ({})'.format(table, query))
    database.grant(cr, table, "SELECT")

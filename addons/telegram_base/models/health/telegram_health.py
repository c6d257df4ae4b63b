import json
import re
import uuid

from odoo import _, api, fields, models, tools
from odoo.exceptions import AccessError, UserError

from ... import database
from ...health.failed_commands import failed_command_ids
from ...health.full_checks import FullChecks
from ...health.lines import LEVELS, lines_sql
from ...health.page import HealthPage
from ...health.sources import CHATS_SQL
from ...rules.text import clean
from ..membership.staggering import staggered

#: In French a line must not begin with a colon: the space before it does not break.
_BEFORE_SIGNS = re.compile(" (?=[:;!?»])|(?<=«) ")


class TelegramHealthChat(models.Model):
    """One row per group that should exist: its state, and the result of the last full check."""

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
        _make_view(self.env.cr, self._table, CHATS_SQL)


class TelegramHealth(models.Model):
    """The health of the product, line by line: judged in SQL, see `health.lines`; and the page's
    buttons."""

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
        _make_view(self.env.cr, self._table, lines_sql())

    @api.model
    def _lines(self):
        """Return the lines that this user may see, in the order of the page: dicts(pool or None,
        section, code, level, subject, chat_id or None, is_alarm, facts dict). One query."""
        self.check_access_rights("read")
        self.flush()
        database.without_jit(self.env.cr)
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
        """Return the worst level among lines; "ok" without a line."""
        return max((line["level"] for line in lines), key=LEVELS.index, default="ok")

    # -- the page -------------------------------------------------------------------------------

    @api.model
    def page(self):
        """Return the page as HTML. Raises AccessError for all but the administrators."""
        self._check_may()
        user = self.env.user
        self = self.with_context(lang=user.lang, tz=user.tz)
        views = self.env["ir.ui.view"].sudo()
        # Odoo 14 has given it another name
        render = getattr(views, "_render_template", None) or views.render_template
        html = render("telegram_base.health_page", HealthPage(self.env).values())
        html = html.decode() if isinstance(html, bytes) else html
        if (user.lang or "").startswith("fr"):  # on a phone no line begins with a colon
            html = _BEFORE_SIGNS.sub("\u00a0", html)
        return html

    # -- buttons that are not those of a single record -------------------------------------------

    @api.model
    def check_all(self, pool):
        """Button: have every group read as a whole, one after the other."""
        self._check_may()
        self._check_pool(pool)
        if FullChecks(self.env).by_pool().get(pool, {}).get("is_running"):
            return True
        chats = self.env["telegram.chat"].search([("pool_name", "=", pool)])
        batch = uuid.uuid4().hex
        self.env["telegram.outbox"].sudo()._enqueue(
            [
                {
                    "chat_id": chat.id,
                    "kind": "reconcile",
                    "priority": 60,
                    "payload": {"check": True},
                    "due_at": due_at,
                    "key": "check:%s:%s" % (batch, chat.id),
                }
                for chat, due_at in staggered(chats)
            ]
        )
        return True

    @api.model
    def pause(self, pool):
        """Button: the gateway changes nothing on Telegram until somebody resumes."""
        self._check_may()
        self._check_pool(pool)
        self.env["telegram.pause"]._pause(pool)
        return True

    @api.model
    def resume(self, pool):
        """Button: end the pause; the gateway changes things on Telegram again."""
        self._check_may()
        self._check_pool(pool)
        self.env["telegram.pause"]._resume(pool)
        return True

    @api.model
    def retry_commands(self, pool, kind, error_code):
        """Button: try all failed commands of a kind again, if they still are failed."""
        self._commands(pool, kind, error_code)._move(("failed",), "pending")
        self.env["telegram.trouble"]._watch()
        return True

    @api.model
    def drop_commands(self, pool, kind, error_code):
        """Button: drop all failed commands of a kind."""
        self._commands(pool, kind, error_code)._move(("failed",), "cancelled")
        self.env["telegram.trouble"]._watch()
        return True

    @api.model
    def _commands(self, pool, kind, error_code):
        self._check_may()
        self._check_pool(pool)
        ids = failed_command_ids(self.env, pool, clean(kind), clean(error_code))
        return self.env["telegram.outbox"].browse(ids)

    @api.model
    def retry_facts(self, pool, kind):
        """Button: handle all facts of a kind again that were set aside."""
        return self._facts(pool, kind).action_retry()

    @api.model
    def drop_facts(self, pool, kind):
        """Button: drop all facts of a kind that were set aside."""
        return self._facts(pool, kind).action_drop()

    @api.model
    def _facts(self, pool, kind):
        self._check_may()
        self._check_pool(pool)
        kind = clean(kind)
        domain = [("state", "=", "set_aside"), ("pool_name", "=", pool), ("kind", "=", kind)]
        return self.env["telegram.inbox"].search(domain)

    @api.model
    def _check_pool(self, pool):
        """Raise UserError for anything but the name of an existing pool."""
        known = {"main"}
        for model in ("telegram.account", "telegram.chat", "telegram.process"):
            known |= set(self.env[model].sudo().search([]).mapped("pool_name"))
        if pool not in tuple(known):
            raise UserError(_("This page is old: load it again."))

    @api.model
    def _check_may(self):
        if not self.env.user.has_group("telegram_base.group_manager"):
            raise AccessError(_("Only a Telegram administrator may see how everything is."))


def _make_view(cr, table, query):
    """Create the view again; the gateway reads it with its own role."""
    tools.drop_view_if_exists(cr, table)
    # pylint: disable=sql-injection  # both are ours
    cr.execute('CREATE VIEW "{}" AS ({})'.format(table, query))
    database.grant(cr, table, "SELECT")

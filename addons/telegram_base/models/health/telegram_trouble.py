import json

from odoo import SUPERUSER_ID, api, fields, models

from ... import database
from ...health.words import HealthWords

#: Any number that nobody else locks; one comparison at a time.
_LOCK = 8316103


class TelegramTrouble(models.Model):
    """A trouble that the administrators were told about by an activity each, once while it lasts.
    It closes by itself, and its activities with it, when the line of `telegram.health` is gone."""

    _name = "telegram.trouble"
    _description = "Telegram: trouble"
    _inherit = ["telegram.pool.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "closed_at DESC, id DESC"
    _rec_name = "sentence"

    code = fields.Char(required=True, readonly=True)
    subject = fields.Char(readonly=True)
    chat_id = fields.Many2one("telegram.chat", "Group", readonly=True, ondelete="cascade")
    facts = fields.Text(required=True, default="{}", readonly=True)
    opened_at = fields.Datetime("Since", required=True, readonly=True)
    closed_at = fields.Datetime("Over since", readonly=True)
    sentence = fields.Char("What is wrong", compute="_compute_words")
    advice = fields.Char("What to do", compute="_compute_words")

    def init(self):
        super().init()
        database.create_index(
            self.env.cr,
            "telegram_trouble_open",
            self._table,
            "pool, code, coalesce(subject, '')",
            where="closed_at IS NULL",
            unique=True,
        )

    @api.depends("code", "facts")
    @api.depends_context("lang", "tz")
    def _compute_words(self):
        words = HealthWords(self.env)
        for trouble in self:
            trouble.sentence, trouble.advice = words.line(trouble.code, json.loads(trouble.facts))

    def name_get(self):
        return [(trouble.id, trouble.sentence) for trouble in self]

    @api.model
    def _cron_watch(self):
        self._watch()

    @api.model
    def _watch(self):
        """Compare the open troubles with the present health: open new ones, close those that are
        over. Does nothing while another transaction compares them."""
        self.env.cr.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not self.env.cr.fetchone()[0]:
            return
        # written by OdooBot, whoever caused it
        troubles = self.with_user(SUPERUSER_ID)
        lines = {
            (line["pool"] or "", line["code"], line["subject"]): line
            for line in troubles.env["telegram.health"]._lines()
            if line["is_alarm"]
        }
        open_ones = troubles.search([("closed_at", "=", False)])
        known = {(t._pool_key(), t.code, t.subject or ""): t for t in open_ones}
        for key, trouble in known.items():
            if key not in lines:
                trouble._close()
        for key, line in lines.items():
            if key not in known:
                troubles._open(line)

    def _pool_key(self):
        return "" if self.pool_name == "*" else self.pool_name

    @api.model
    def _open(self, line):
        """Open a trouble for this line of `telegram.health`, unless it is open."""
        self.flush()
        # another transaction may have opened it a moment ago: then it told the administrators
        self.env.cr.execute(
            """
            INSERT INTO telegram_trouble
                (pool, code, subject, chat_id, facts, opened_at, create_uid, create_date)
            VALUES (%s, %s, %s, %s, %s, {now}, %s, {now}) ON CONFLICT DO NOTHING RETURNING id
            """.format(now=database.NOW),
            [
                line["pool"] or "*",
                line["code"],
                line["subject"],
                line["chat_id"],
                json.dumps(line["facts"]),
                self.env.uid,
            ],
        )
        row = self.env.cr.fetchone()
        if row:
            self.browse(row[0])._schedule_activities()

    def _schedule_activities(self):
        """Make an activity for each administrator who may see the trouble, in their language."""
        company = self.chat_id.company_id
        for user in self.env.ref("telegram_base.group_manager").users:
            if company and company not in user.company_ids:
                continue
            own = self.with_context(lang=user.lang, tz=user.tz)
            own.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=own.sentence,
                note=own.advice,
                user_id=user.id,
            )

    def _close(self):
        self.write({"closed_at": fields.Datetime.now()})
        self.activity_ids.unlink()

import json
import logging

import psycopg2

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ... import database
from ...companies import in_company
from ...rules.text import tidy
from ..attendance.recording import PresenceRecorder
from .fact_kinds import FACTS, presence_of
from .inbox_run import InboxRun, report_troubles
from .instants import parse_instant

_logger = logging.getLogger(__name__)

#: Any number that nobody else locks; one handling of the inbox at a time in a database.
_LOCK = 8316102


class TelegramInbox(models.Model):
    """Facts from Telegram, appended by the gateway and handled here, once each and in order."""

    _name = "telegram.inbox"
    _description = "Telegram: fact"
    _inherit = "telegram.pool.mixin"
    _order = "id desc"
    _rec_name = "fact"

    fact = fields.Char(required=True, readonly=True)
    kind = fields.Char(required=True, readonly=True)
    kind_text = fields.Char("What happened", compute="_compute_kind_text")
    chat_id = fields.Many2one("telegram.chat", "Group", readonly=True, ondelete="restrict")
    payload = fields.Text(required=True, default="{}", readonly=True)
    occurred_at = fields.Datetime("Happened", readonly=True)
    created_at = fields.Datetime("Received", readonly=True, default=fields.Datetime.now)
    state = fields.Selection(
        [("new", "New"), ("done", "Handled"), ("set_aside", "Set aside")],
        required=True,
        default="new",
        readonly=True,
    )
    error = fields.Text("Reason", readonly=True)
    handled_at = fields.Datetime("Handled on", readonly=True)

    _sql_constraints = [
        ("fact_unique", "UNIQUE (fact)", "This fact is known already."),
    ]

    def init(self):
        super().init()
        cr, table = self.env.cr, self._table
        database.set_defaults(
            cr,
            table,
            {"payload": "'{}'", "state": "'new'", "created_at": database.NOW},
        )
        database.grant(cr, table, "SELECT, INSERT")
        database.create_index(cr, "telegram_inbox_new", table, "id", where="state = 'new'")
        database.create_index(
            cr,
            "telegram_inbox_set_aside",
            table,
            "chat_id, id",
            where="state = 'set_aside'",
        )
        # the last event of each group
        database.create_index(cr, "telegram_inbox_chat", table, "chat_id, id")
        # facts that the log of a lesson shows
        database.create_index(
            cr,
            "telegram_inbox_call",
            table,
            "chat_id, occurred_at",
            where="kind IN ('call_opened', 'call_closed', 'call_kept', 'call_given_up')",
        )

        # the newest message to the bot; whom the gateway saw in a call
        database.create_index(
            cr, "telegram_inbox_bot", table, "pool, id", where="kind = 'bot_message'"
        )
        database.create_index(
            cr,
            "telegram_inbox_presence",
            table,
            'chat_id, substring(payload from \'"tg_call_id": "?([0-9]+)\')',
            where="kind IN ('participant_joined', 'participant_left', 'observation_lost',"
            " 'observation_back', 'listeners_hidden', 'listeners_shown')",
        )

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_kind_text(self):
        for fact in self:
            fact.kind_text = self.env["telegram.words"]._fact(fact.kind)

    def name_get(self):
        return [(fact.id, fact.kind_text) for fact in self]

    # -- for handlers ---------------------------------------------------------------------------

    def _payload(self):
        """Return the payload as a dict, with texts that the database accepts. Raises ValueError for
        anything else."""
        self.ensure_one()
        payload = tidy(json.loads(self.payload or "{}"))
        if not isinstance(payload, dict):
            raise ValueError("the payload is no JSON object")
        return payload

    def _instant(self, text):
        """Return an instant of the payload as a naive UTC datetime; the fact's own time if it is
        empty."""
        if text:
            return parse_instant(text)
        return (self.occurred_at or self.created_at).replace(microsecond=0)

    def _persons(self, payload):
        """Return the partners whose confirmed account the payload is about, archived ones too."""
        return self.env["telegram.contact"]._partners(payload.get("tg_user_id"))

    # -- doorbell -------------------------------------------------------------------------------

    @api.model
    def ring(self):
        """Handle waiting facts; called by the gateway after it has inserted some.

        Returns {"handled": n, "left": n, "busy": bool}: the number of facts dealt with, the number
        still to be handled (those behind a fact that was set aside do not count), and whether
        another process handles them now. Raises AccessError for all but the doorbell's user.
        """
        # Taken first, so that the snapshot of this transaction is younger than the work of
        # whoever had the lock before.
        is_first = self._try_lock()
        if not (self.env.su or self.env.user.has_group("telegram_base.group_doorbell")):
            raise AccessError(_("Only the gateway's user may ring the doorbell."))
        return self.sudo()._ring(is_first)

    @api.model
    def _cron_ring(self):
        """Do the same without the gateway, for facts whose ring was lost."""
        return self._ring(self._try_lock())

    @api.model
    def _ring(self, is_first):
        """Handle waiting facts if this transaction is the one that may (`_try_lock`)."""
        if not is_first:
            return {"handled": 0, "left": 0, "busy": True}
        return InboxRun(self.env).run()

    @api.model
    def _try_lock(self):
        """Take the lock of the inbox until this transaction ends; return False if another one has
        it."""
        self.env.cr.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return self.env.cr.fetchone()[0]

    def _handle(self):
        """Handle this fact in a savepoint. Returns False if it had to be set aside.

        Raises errors that only a repetition of the whole transaction can mend (serialization,
        deadlock, a lost connection).
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._in_chat_context()._process()
        except psycopg2.OperationalError:
            raise
        except Exception as error:  # an error of a school's own code holds back one chat only
            _logger.warning("Fact %s (%s) is set aside", self.id, self.sudo().kind, exc_info=True)
            self._mark("set_aside", self._reason(error))
            return False
        self._mark("done")
        return True

    def _process(self):
        """Do what a fact of this kind requires. Raises UserError for an unknown kind."""
        kind = FACTS.get(self.kind)
        if kind is None:
            raise UserError(_("Nobody here knows facts of the kind “%s”.") % self.kind)
        if kind.presence:
            PresenceRecorder(self, presence_of).record()
            return
        payload = self._payload()
        person = payload.get("tg_user_id"), payload.get("name"), payload.get("username")
        self.env["telegram.contact"]._update_names([person])
        if kind.handler:
            kind.handler(self, payload)

    def _in_chat_context(self):
        """Return this fact with user, company and language set, whatever user rang."""
        fact = self.with_user(SUPERUSER_ID)
        chat, company = fact.chat_id, fact._company()
        return in_company(fact, company).with_context(
            lang=chat.lang or company.partner_id.lang or "en_US",
            tz=company.partner_id.tz or "UTC",
            active_test=True,
        )

    def _company(self):
        """Return the company of the fact's group; for a private message that of a group of the
        person's, else the person's own; else the first one."""
        company = self.chat_id.company_id
        if not self.chat_id:
            people = self._persons(self._payload())
            chats = people._telegram_roster_chats("in")
            company = (chats.mapped("company_id") or people.mapped("company_id"))[:1]
        return company or self.env["res.company"].search([], order="id", limit=1)

    @api.model
    def _reason(self, error):
        """Return the error as a text for people."""
        text = str(error.args[0]) if error.args and error.args[0] else ""
        if hasattr(error, "name") and isinstance(error.name, str) and error.name:
            return error.name  # Odoo's own errors: a sentence for people
        return "%s: %s" % (type(error).__name__, text) if text else type(error).__name__

    def _mark(self, state, error=None):
        """Set the state of these facts, which are handled now."""
        self.env.cr.execute(
            "UPDATE telegram_inbox SET state = %s, error = %s, handled_at = {}, write_date = {},"
            " write_uid = %s WHERE id = ANY (%s)".format(database.NOW, database.NOW),
            [state, error, self.env.uid, self.ids],
        )
        self.invalidate_cache(["state", "error", "handled_at"])
        if state == "done":
            self._forget_tokens()

    def _forget_tokens(self):
        """Delete tokens from the messages that brought them: an unused token lets its holder act as
        somebody."""
        for fact in self.sudo().filtered(lambda fact: fact.kind == "bot_message"):
            payload = fact._payload()
            text = self.env["telegram.link"]._without_token(payload.get("text"))
            if text != payload.get("text"):
                self.env.cr.execute(
                    "UPDATE telegram_inbox SET payload = %s WHERE id = %s",
                    [json.dumps(dict(payload, text=text), ensure_ascii=False), fact.id],
                )
        self.invalidate_cache(["payload"])

    # -- buttons --------------------------------------------------------------------------------

    def action_retry(self):
        """Button: handle these facts, and those that they held back, again."""
        self._check_may_decide()
        facts = self.sudo().filtered(lambda fact: fact.state == "set_aside")
        if facts and self._try_lock():
            facts._mark("new")
            facts._ring(True)
            report_troubles(self.env)
        elif facts:
            facts._mark("new")  # the transaction with the lock, or the next ring, comes to it
        return True

    def action_drop(self):
        """Button: drop these facts; those that they held back are handled."""
        self._check_may_decide()
        for fact in self.sudo().filtered(lambda fact: fact.state == "set_aside"):
            fact._mark(
                "done",
                _("Dropped by %s. It had failed: %s") % (self.env.user.name, fact.error or ""),
            )
        inbox = self.sudo()
        if inbox._try_lock():
            inbox._ring(True)
        report_troubles(self.env)
        return True

    def _check_may_decide(self):
        if not (self.env.su or self.env.user.has_group("telegram_base.group_manager")):
            raise AccessError(_("Only a Telegram administrator may decide about facts."))

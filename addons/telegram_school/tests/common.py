"""Helpers for the tests of adapters: people with Telegram accounts, facts as the gateway inserts
them, the roster and the outbox."""

import itertools
import json
import uuid

from odoo.fields import Field
from odoo.tests.common import SavepointCase

from ..services.calls.clock import LessonClock

_ACCOUNTS = itertools.count(7001)


def columns_of_ours(env, school):
    """Return what our addons and adapters store on the tables of a school's addon: sorted names
    `model.field`. A many2one is a column, a many2many a table that leads to theirs."""
    found = []
    for name, model in env.items():
        if model._abstract or model._original_module != school:
            continue
        # whichever addon names a field first has added it: the others only change it
        added_by = {}
        for cls in reversed(type(model).__mro__):
            addon = (cls.__module__ or "").split(".")
            for field in [key for key, value in vars(cls).items() if isinstance(value, Field)]:
                if addon[:2] == ["odoo", "addons"]:
                    added_by.setdefault(field, addon[2])
        for field, addon in added_by.items():
            is_ours = addon.startswith("telegram_") or addon.endswith("_telegram")
            kind = model._fields[field]
            if is_ours and kind.store and kind.type != "one2many":
                found.append("%s.%s" % (name, field))
    return sorted(found)


class TelegramSchoolCase(SavepointCase):
    """A school without a gateway, whose part the test plays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.inbox = cls.env["telegram.inbox"].sudo()
        cls.outbox = cls.env["telegram.outbox"].sudo()

    # -- people ---------------------------------------------------------------------------------

    def link(self, partner):
        """Give `partner` a Telegram account; returns its id."""
        tg_user_id = next(_ACCOUNTS)
        self.env["telegram.contact"]._confirm(partner, tg_user_id, {"name": partner.name})
        return tg_user_id

    def roster(self, chat):
        """Return {partner id: (role, status)}."""
        rows = self.env["telegram.roster"].sudo().search([("chat_id", "=", chat.id)])
        return {row.partner_id.id: (row.role, row.status) for row in rows}

    def page(self, lesson):
        """Return the lesson's own row, whose page its user opens, read anew."""
        row = self.env["telegram.lesson"]._of(lesson).with_env(lesson.env)
        row.invalidate_cache()
        return row

    # -- facts ----------------------------------------------------------------------------------

    def tell(self, kind, chat, at=None, **payload):
        """Insert a fact as the gateway does. at: naive UTC datetime."""
        if at is not None:
            payload["at"] = at.isoformat() + "Z"
        self.inbox.flush()
        self.env.cr.execute(
            "INSERT INTO telegram_inbox (fact, kind, chat_id, payload, occurred_at)"
            " VALUES (%s, %s, %s, %s, coalesce(%s, now() at time zone 'UTC'))",
            [uuid.uuid4().hex, kind, chat.id or None, json.dumps(payload), at],
        )

    def ring(self):
        """Have Odoo handle the facts; none may be set aside."""
        self.inbox._cron_ring()
        aside = self.inbox.search([("state", "=", "set_aside")])
        self.assertFalse(aside, aside.mapped("error"))
        self.assertFalse(self.inbox.search([("state", "=", "new")]))

    def tell_call(
        self, chat, opened_at, closed_at, visits, open_key=None, close_key=None, titles=None
    ):
        """Insert the facts of a whole call. visits: list of (Telegram id, "joined" | "left", at); a
        negative id is that of a channel. titles: {id of a channel: its name on Telegram}."""
        call = {"tg_call_id": next(_ACCOUNTS)}
        self.tell("call_opened", chat, opened_at, open_key=open_key, **call)
        for account, what, at in sorted(visits, key=lambda visit: visit[2]):
            who = {"tg_user_id": account, "tg_channel_id": None, "peer_kind": "user"}
            if account < 0:
                who = {"tg_user_id": None, "tg_channel_id": -account, "peer_kind": "channel"}
                who["name"] = (titles or {}).get(-account, "")
            self.tell(
                "participant_" + what, chat, at, precision_s=0, source="update", **who, **call
            )
        self.tell(
            "call_closed",
            chat,
            closed_at,
            open_key=open_key,
            close_key=close_key,
            by_us=True,
            **call,
        )

    @classmethod
    def open_group(cls, chat):
        """Report, as the gateway does, that the group was made."""
        cls.env.cr.execute(
            "INSERT INTO telegram_chat_state (chat_id, tg_chat_id, state, invite_link)"
            " VALUES (%s, %s, 'ready', 'https://t.me/+test')",
            [chat.id, next(_ACCOUNTS)],
        )
        chat.invalidate_cache()

    @classmethod
    def anchor(cls, chat):
        """Report, as the gateway does, that a message was sent into the group."""
        cls.env.cr.execute(
            "UPDATE telegram_chat_state SET anchor_message_id = 17 WHERE chat_id = %s", [chat.id]
        )
        cls.env.cache.invalidate()

    # -- outbox ---------------------------------------------------------------------------------

    def commands(self, chat, **values):
        """Return the commands of `chat` that have these values, oldest first."""
        domain = [("chat_id", "=", chat.id)] + [(k, "=", v) for k, v in values.items()]
        return self.outbox.search(domain, order="id")

    def texts(self, chat):
        """Return the texts of the messages for the group, oldest first, without those taken
        back."""
        rows = self.commands(chat, kind="send").filtered(lambda row: row.state != "cancelled")
        return [row._payload()["text"] for row in rows]

    def send(self, chat):
        """Mark the messages that wait for the group as sent, as the gateway does."""
        for row in self.commands(chat, kind="send", state="pending"):
            self.mark(row, "done")

    def clock(self, lesson):
        """Return {remind | open | close: row} of the commands that wait for the lesson."""
        rows = LessonClock(lesson).rows()
        return {key.rpartition(":")[2]: row for key, row in rows.items() if row.state == "pending"}

    def mark(self, row, state):
        """Set a command's outcome, as the gateway does."""
        self.outbox.flush()
        self.env.cr.execute("UPDATE telegram_outbox SET state = %s WHERE id = %s", [state, row.id])
        self.outbox.invalidate_cache()

import json
import uuid

from odoo.tests.common import SavepointCase


class TelegramCase(SavepointCase):
    """Two people, a chat that belongs to a third record, a bot; facts as the gateway writes
    them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, lang="en_US", tracking_disable=True))
        english = cls.env["res.lang"].with_context(active_test=False)
        english.search([("code", "=", "en_US")]).active = True
        Partner = cls.env["res.partner"]
        cls.owner = Partner.create({"name": "Mathématiques 3e A", "lang": "en_US"})
        cls.amina = Partner.create({"name": "Amina <b>", "lang": "en_US"})
        cls.omar = Partner.create({"name": "Omar", "lang": "en_US"})
        cls.chat = cls.env["telegram.chat"]._for_record(cls.owner)
        cls.env.cr.execute(
            "INSERT INTO telegram_account (kind, tg_user_id, username)"
            " VALUES ('bot', 500, 'school_bot')"
        )

    def _fact(self, kind, chat=None, **payload):
        """Insert a fact with the columns that the gateway gives, and no other."""
        name = "test:%s" % uuid.uuid4().hex
        self.env.cr.execute(
            "INSERT INTO telegram_inbox (fact, kind, chat_id, payload, occurred_at)"
            " VALUES (%s, %s, %s, %s, now() AT TIME ZONE 'UTC') RETURNING id",
            [name, kind, chat.id if chat else None, json.dumps(payload)],
        )
        return self.env["telegram.inbox"].browse(self.env.cr.fetchone()[0])

    def _ring(self):
        return self.env["telegram.inbox"].ring()

    def _say(self, text, tg_user_id=7000000001, **payload):
        """Handle a private message to the bot. Returns the texts of the answers."""
        before = self._sent(tg_user_id)
        fact = self._fact(
            "bot_message", tg_user_id=tg_user_id, text=text, name="Amina B", **payload
        )
        self._ring()
        self.assertEqual(fact.state, "done", fact.error)
        return [c._payload()["text"] for c in self._sent(tg_user_id) - before]

    def _sent(self, tg_user_id=7000000001):
        return self.env["telegram.outbox"].search(
            [("kind", "=", "send"), ("tg_user_id", "=", tg_user_id)], order="id"
        )

    def _reconciles(self, chat=None):
        return self.env["telegram.outbox"].search_count(
            [("kind", "=", "reconcile"), ("chat_id", "=", (chat or self.chat).id)]
        )

    def _token(self, partner):
        return partner.telegram_link_url().split("start=")[1]

    def _make_ready(self, chat=None, link="https://t.me/+abc"):
        chat = chat or self.chat
        self.env.cr.execute(
            "INSERT INTO telegram_chat_state (chat_id, tg_chat_id, state, invite_link)"
            " VALUES (%s, 900, 'ready', %s)",
            [chat.id, link],
        )
        chat.invalidate_cache()
        return self._fact("chat_ready", chat, tg_chat_id=900, invite_link=link, title=chat.name)

    def _hook(self, name, function):
        """Let the chat's owner, a contact, implement a hook, as contacts do not."""
        cls = type(self.owner)
        setattr(cls, name, function)
        self.addCleanup(delattr, cls, name)

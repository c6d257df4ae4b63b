from datetime import timedelta

from odoo import fields

from ...health.failed_commands import failed_command_ids
from ..common import TelegramCase

AMINA = 7000000001


class TestBlockedBot(TelegramCase):
    """A person who blocks the bot is no trouble; missed messages are sent once they unblock it."""

    def setUp(self):
        super().setUp()
        self.env["telegram.contact"]._confirm(self.amina, AMINA)
        self.chat._set_roster([{"partner_id": self.amina.id}])
        self._make_ready()

    def failed(self, text, code="USER_IS_BLOCKED", **values):
        payload = {"text": text, "buttons": values.pop("buttons", []), "silent": False}
        row = dict(values, tg_user_id=AMINA, kind="send", payload=payload)
        (written,) = self.env["telegram.outbox"]._enqueue([row])
        command = self.env["telegram.outbox"].browse(written["id"])
        command.write({"state": "failed", "error_code": code})
        command.flush()
        return command

    def codes(self):
        return {line["code"] for line in self.env["telegram.health"]._lines()}

    def test_no_trouble__in_health_or_among_the_failed(self):
        for code in ("USER_IS_BLOCKED", "PEER_ID_INVALID"):
            self.failed("Hello", code)
        self.assertNotIn("commands_failed", self.codes())
        self.assertFalse(failed_command_ids(self.env))
        other = self.failed("Hello", "CHAT_WRITE_FORBIDDEN")
        self.assertIn("commands_failed", self.codes())
        self.assertEqual(failed_command_ids(self.env), other.ids)

    def test_their_line_says_so__wherever_they_stand(self):
        self.failed("Hello")
        for state in ("in", "welcome"):
            self.env.cr.execute("DELETE FROM telegram_member")
            self.env.cr.execute(
                "INSERT INTO telegram_member (chat_id, partner_id, tg_user_id, state)"
                " VALUES (%s, %s, %s, %s) RETURNING id",
                [self.chat.id, self.amina.id, AMINA, state],
            )
            member = self.env["telegram.member"].browse(self.env.cr.fetchone()[0])
            self.assertIn("has blocked the bot", member.situation)

    def test_unblocked__what_still_holds_comes_once(self):
        now = fields.Datetime.now()
        link = [[{"text": "Maths", "url": "https://t.me/+abc"}]]
        again = self.failed("Come in", buttons=link)
        twice = self.failed("The lesson is moved")
        newest = self.failed("The lesson is moved")
        timely = self.failed("Absent", expires_at=now + timedelta(hours=1))
        late = self.failed("Reminder", expires_at=now - timedelta(hours=1))
        gone = self.failed(
            "Elsewhere", buttons=[[{"text": "Latin", "url": "https://t.me/+elsewhere"}]]
        )
        answer = self.failed("You are here", key="answer:1")
        self._say("/start")
        rows = again | twice | newest | timely | late | gone | answer
        rows.invalidate_cache()
        self.assertEqual(
            rows.mapped(lambda one: one.state),
            ["pending", "failed", "pending", "pending", "failed", "failed", "failed"],
        )

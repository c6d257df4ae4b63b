from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests.common import BaseCase
from odoo.tools import mute_logger

from ...models.run.instants import parse_instant
from ..common import TelegramCase


class TestInstant(BaseCase):
    def test_parse_instant(self):
        noon = datetime(2026, 3, 1, 12, 0, 0)
        for text in (
            "2026-03-01T12:00:00Z",
            "2026-03-01T12:00:00.5Z",
            "2026-03-01T12:00:00.123456Z",
            "2026-03-01T13:00:00+01:00",
            "2026-03-01T08:30:00-0330",
        ):
            self.assertEqual(parse_instant(text), noon, text)

    def test_parse_instant__refuses(self):
        for text in ("", "yesterday", "2026-03-01", "2026-13-01T00:00:00Z"):
            with self.assertRaises(ValueError):
                parse_instant(text)


class TestPresence(TelegramCase):
    CALL = 8000000000

    def _at(self, hour, minute=0):
        return "2026-03-01T%02d:%02d:00Z" % (hour, minute)

    def _lesson(self):
        chat, call = self.chat, self.CALL
        self._fact("call_opened", chat, tg_call_id=call, open_key="o", at=self._at(9, 55))
        self._fact(
            "participant_joined",
            chat,
            tg_call_id=call,
            at=self._at(10),
            tg_user_id=7000000001,
            peer_kind="user",
            precision_s=0,
            source="update",
        )
        self._fact("observation_lost", chat, tg_call_id=call, at=self._at(10, 10))
        self._fact("observation_back", chat, tg_call_id=call, at=self._at(10, 12))
        self._fact(
            "participant_left",
            chat,
            tg_call_id=call,
            at=self._at(11),
            tg_user_id=7000000001,
            peer_kind="user",
            precision_s=30,
            joined_at=self._at(10),
            source="look",
        )
        self._fact(
            "participant_joined",
            chat,
            tg_call_id=call,
            at=self._at(10, 30),
            tg_user_id=None,
            tg_channel_id=77,
            peer_kind="channel",
        )
        self._fact("call_closed", chat, tg_call_id=call, at=self._at(11), by_us=True)
        self.assertEqual(self._ring()["handled"], 7)

    def test_events__of_a_lesson(self):
        self._lesson()
        events = self.env["telegram.presence"]._events(
            self.chat, datetime(2026, 3, 1, 10), datetime(2026, 3, 1, 11)
        )
        self.assertEqual(
            [event["kind"] for event in events],
            ["opened", "joined", "lost", "back", "joined", "left", "closed"],
        )
        self.assertEqual(events[1]["tg_user_id"], 7000000001)
        self.assertEqual((events[4]["tg_user_id"], events[4]["tg_channel_id"]), (None, 77))
        self.assertEqual((events[5]["precision_s"], events[5]["source"]), (30, "look"))
        self.assertEqual(events[5]["joined_at"], datetime(2026, 3, 1, 10))
        self.assertEqual(events[0]["at"], datetime(2026, 3, 1, 9, 55))

    def test_recorded__many_at_once_in_few_statements(self):
        chat, call = self.chat, self.CALL
        self.env["telegram.contact"]._confirm(self.amina, 7000000001, {"name": "Old name"})
        self._fact("call_opened", chat, tg_call_id=call, open_key="o", at=self._at(9, 55))
        for number in range(300):
            self._fact(
                "participant_joined",
                chat,
                tg_call_id=call,
                at=self._at(10),
                tg_user_id=7000000001 + number,
                name="Amina %s" % number,
                username="",
                peer_kind="user",
                precision_s=0,
                source="update",
            )
        self._fact("listeners_hidden", chat, tg_call_id=call, at=self._at(10, 5))
        before = self.env.cr.sql_log_count
        self.assertEqual(self._ring(), {"handled": 302, "left": 0, "busy": False})
        self.assertLess(self.env.cr.sql_log_count - before, 100)
        call = self.env["telegram.call"].search([("tg_call_id", "=", call)])
        self.assertEqual(len(call.presence_ids), 301)
        self.assertEqual(call.presence_ids[-1].kind, "hidden")
        contact = self.env["telegram.contact"].search([("tg_user_id", "=", 7000000001)])
        self.assertEqual(contact.name, "Amina 0")

    def test_recorded__one_that_cannot_be_holds_back_its_own_chat_alone(self):
        other = self.env["telegram.chat"]._for_record(self.omar)
        person = {"tg_user_id": 7000000001, "peer_kind": "user", "at": self._at(10)}
        good = self._fact("participant_joined", self.chat, tg_call_id=1, **person)
        bad = self._fact("participant_joined", self.chat, tg_call_id=None, **person)
        behind = self._fact("participant_joined", self.chat, tg_call_id=2, **person)
        elsewhere = self._fact("participant_joined", other, tg_call_id=3, **person)
        with mute_logger("odoo.addons.telegram_base.models.run.telegram_inbox"):
            self._ring()
        states = [one.state for one in (good, bad, behind, elsewhere)]
        self.assertEqual(states, ["done", "set_aside", "new", "done"])
        self.assertEqual(
            self.env["telegram.presence"].search_count([("chat_id", "=", other.id)]), 1
        )

    def test_recorded__twice_is_once(self):
        self._lesson()
        facts = self.env["telegram.inbox"].search([("chat_id", "=", self.chat.id)])
        facts._mark("new")
        self._ring()
        rows = self.env["telegram.presence"].search([("chat_id", "=", self.chat.id)])
        self.assertEqual(len(rows), 5)

    def test_events__other_windows_and_chats(self):
        self._lesson()
        events = self.env["telegram.presence"]._events
        self.assertFalse(events(self.chat, datetime(2026, 3, 1, 12), datetime(2026, 3, 1, 13)))
        self.assertFalse(events(self.chat, datetime(2026, 3, 1, 8), datetime(2026, 3, 1, 9)))
        other = self.env["telegram.chat"]._for_record(self.omar)
        self.assertFalse(events(other, datetime(2026, 3, 1, 9), datetime(2026, 3, 1, 12)))

    def test_overlapping__a_call_that_is_open_has_not_run_later_than_now(self):
        now = fields.Datetime.now()
        hour = timedelta(hours=1)
        call = self.env["telegram.call"]._opened(self.chat, self.CALL, now - hour)
        overlapping = self.env["telegram.call"]._overlapping
        self.assertEqual(overlapping(self.chat, now - 2 * hour, now + hour), call)
        self.assertEqual(overlapping(self.chat, now - hour / 2, now - hour / 4), call)
        self.assertFalse(overlapping(self.chat, now + hour, now + 2 * hour))

    def test_call_hooks(self):
        seen = []
        self._hook(
            "_telegram_on_call_opened",
            lambda owner, chat, call, fact: seen.append(("opened", call.open_key)),
        )
        self._hook(
            "_telegram_on_call_closed",
            lambda owner, chat, call, fact: seen.append(("closed", call.closed_at)),
        )
        self._lesson()
        self._fact("call_closed", self.chat, tg_call_id=None, close_key="c", at=self._at(12))
        self._ring()
        self.assertEqual(
            seen,
            [("opened", "o"), ("closed", datetime(2026, 3, 1, 11)), ("closed", False)],
        )

    def test_call__opening_never_told(self):
        self._fact("observation_lost", self.chat, tg_call_id=5, at=self._at(10))
        self._ring()
        call = self.env["telegram.call"].search([("tg_call_id", "=", 5)])
        self.assertEqual(call.opened_at, datetime(2026, 3, 1, 10))
        self._fact("call_opened", self.chat, tg_call_id=5, at=self._at(9), open_key="late")
        self._ring()
        self.assertEqual((call.opened_at, call.open_key), (datetime(2026, 3, 1, 9), "late"))

    def test_presence__is_not_edited(self):
        self._lesson()
        rows = self.env["telegram.presence"].search([("chat_id", "=", self.chat.id)])
        self.assertEqual(len(rows), 5)
        with self.assertRaises(UserError):
            rows[0].kind = "left"

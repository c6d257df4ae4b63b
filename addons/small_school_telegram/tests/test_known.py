from datetime import timedelta

from odoo import fields
from odoo.tests.common import tagged

from odoo.addons.telegram_school.services.attendance.sheet import LessonSheet
from odoo.addons.telegram_school.services.calls.clock import LessonClock

from .common import ClassroomCase

STRANGER = 424242


@tagged("post_install", "-at_install")
class TestKnown(ClassroomCase):
    """People in the call who are identified, or identified differently, after the lesson."""

    def held(self, visits=(), marks=()):
        """Hold a lesson that has just ended. visits: (account, kind, minute); marks: (fact,
        minute)."""
        start = fields.Datetime.now().replace(second=0) - timedelta(hours=1)
        lesson = self.env["small_school.lesson"].create(
            {
                "classroom_id": self.classroom.id,
                "name": "Fractions",
                "start": start,
                "stop": start + timedelta(hours=1),
            }
        )
        self.env.cr.execute("UPDATE telegram_roster SET since = since - interval '1 day'")
        self.env["telegram.roster"].invalidate_cache()
        minute = timedelta(minutes=1)
        call = {"tg_call_id": 88}
        people = dict(call, precision_s=0, source="update", peer_kind="user")
        self.tell("call_opened", self.chat, start, open_key=LessonClock(lesson).key("open"), **call)
        for kind, at in marks:
            self.tell(kind, self.chat, start + at * minute, **call)
        for account, what, at in visits:
            values = dict(people, tg_user_id=account)
            if account < 0:
                values.update(tg_user_id=None, tg_channel_id=-account, peer_kind="channel")
            self.tell("participant_%s" % what, self.chat, start + at * minute, **values)
        self.tell(
            "call_closed",
            self.chat,
            lesson.stop,
            open_key=LessonClock(lesson).key("open"),
            close_key=LessonClock(lesson).key("close"),
            by_us=True,
            **call,
        )
        self.ring()
        return lesson

    def sheet(self, lesson):
        return {line.partner_id.name: line.status for line in lesson.line_ids}

    def test_guest__linked_later_gets_their_past(self):
        self.link(self.amina)
        lesson = self.held([(STRANGER, "joined", 0), (STRANGER, "left", 60)])
        # unknown so far: it may have been anybody without an account
        self.assertEqual(self.sheet(lesson)["Bilal"], "unknown")
        self.assertEqual(self.sheet(lesson)["Amina"], "absent")
        contact = self.env["telegram.contact"]._confirm(self.bilal, STRANGER)
        LessonSheet(lesson).refresh()
        self.assertEqual(self.sheet(lesson)["Bilal"], "present")
        self.assertEqual(self.sheet(lesson)["Amina"], "absent")
        contact._revoke()  # it was somebody else
        LessonSheet(lesson).refresh()
        self.assertEqual(self.sheet(lesson)["Bilal"], "unknown")

    def test_former_account__what_was_seen_of_it_stays_theirs(self):
        account = self.link(self.amina)
        lesson = self.held([(account, "joined", 0)])
        contacts = self.env["telegram.contact"]
        contact = contacts.search([("tg_user_id", "=", account), ("state", "=", "confirmed")])
        for way in (
            contact._retire,
            lambda: contacts._account_deleted(account),
        ):
            way()
            self.assertEqual(contact.state, "revoked")
            LessonSheet(lesson).refresh()
            self.assertEqual(self.sheet(lesson)["Amina"], "present")
            contacts._confirm(self.amina, account)
        contact._retire()
        # later visits of the account are nobody's
        contact.counts_until = lesson.start - timedelta(days=1)
        LessonSheet(lesson).refresh()
        self.assertEqual(self.sheet(lesson)["Amina"], "unknown")

    def test_listeners_hidden__nobody_is_absent(self):
        amina = self.link(self.amina)
        self.link(self.bilal)
        lesson = self.held(
            [(amina, "joined", 0)], [("listeners_hidden", 10), ("listeners_shown", 15)]
        )
        self.assertEqual(
            (self.sheet(lesson)["Amina"], self.sheet(lesson)["Bilal"]), ("present", "unknown")
        )
        line = lesson.line_ids.filtered(lambda one: one.partner_id == self.bilal)
        self.assertEqual((line.minutes_low, line.minutes_high), (0, 5))
        self.assertIn("Telegram n’a pas montré", line.evidence)

    def test_as_a_channel__nobody_who_was_not_seen_is_absent(self):
        self.link(self.amina)
        lesson = self.held([(-5, "joined", 0), (-6, "joined", 1), (-6, "left", 20)])
        self.assertEqual(self.sheet(lesson)["Amina"], "unknown")
        line = lesson.line_ids.filtered(lambda one: one.partner_id == self.amina)
        self.assertIn("chaîne", line.evidence)

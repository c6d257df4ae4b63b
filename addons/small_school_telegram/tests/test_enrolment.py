from datetime import datetime, timedelta

from odoo import fields
from odoo.tests.common import new_test_user, tagged

from odoo.addons.telegram_school.services.membership.roster import ClassRoster

from .common import ClassroomCase


@tagged("post_install", "-at_install")
class TestEnrolment(ClassroomCase):
    """The way out to Telegram within Odoo: enrolment, roster row, outbox row; and back."""

    def status(self, partner):
        return self.roster(self.chat).get(partner.id, (None, None))[1]

    def supervisor_user(self, login):
        user = new_test_user(self.env, login, groups="small_school.group_supervisor")
        user.partner_id = self.supervisor
        return user

    def test_classroom__roster_of_all_roles(self):
        self.assertEqual(self.chat.name, "Mathématiques 3e A")
        self.assertEqual(self.chat.lang, "fr_FR")
        self.assertEqual(
            self.roster(self.chat),
            {
                self.amina.id: ("student", "in"),
                self.bilal.id: ("student", "in"),
                self.teacher.id: ("teacher", "in"),
                self.supervisor.id: ("supervisor", "in"),
            },
        )

    def test_enrolled__roster_outbox_and_notice(self):
        before = len(self.commands(self.chat, kind="reconcile"))
        self.enrol(self.chloe)
        self.assertEqual(self.status(self.chloe), "in")
        self.assertEqual(len(self.commands(self.chat, kind="reconcile")), before + 1)
        self.assertIn("Inscription", self.texts(self.chat)[-1])
        self.assertIn("Chloé", self.texts(self.chat)[-1])

    def test_enrolled__by_dates(self):
        today = fields.Date.today()
        later = self.enrol(self.chloe, date_from=today + timedelta(days=3))
        self.assertNotEqual(self.status(self.chloe), "in")
        later.date_from = today - timedelta(days=3)
        self.assertEqual(self.status(self.chloe), "in")

    def test_enrolled__date_arrives_and_the_cron_sees_it(self):
        later = self.enrol(self.chloe, date_from=fields.Date.today() + timedelta(days=3))
        later.flush()
        self.env.cr.execute(
            "UPDATE small_school_enrolment SET date_from = %s WHERE id = %s",
            [fields.Date.today() - timedelta(days=1), later.id],
        )
        later.invalidate_cache()
        self.env["telegram.classroom.mixin"]._cron_telegram_rosters()
        self.assertEqual(self.status(self.chloe), "in")

    def test_ended_and_blocked(self):
        self.enrolments(self.amina).write({"state": "ended", "date_to": self.classroom._today()})
        self.assertEqual(self.status(self.amina), "out")
        self.assertIn("Désinscription", self.texts(self.chat)[-1])
        self.send(self.chat)
        self.enrolments(self.bilal).write({"state": "blocked"})
        self.assertEqual(self.status(self.bilal), "banned")
        self.assertIn("Désinscription", self.texts(self.chat)[-1])

    def test_student__blocked_everywhere_and_unblocked(self):
        self.amina.student_blocked = True
        self.assertEqual(self.status(self.amina), "banned")
        self.amina.student_blocked = False
        self.assertEqual(self.status(self.amina), "in")

    def test_blocked_everywhere__also_where_the_enrolment_is_over(self):
        self.enrolments(self.amina).action_unenrol()
        self.assertEqual(self.status(self.amina), "out")
        self.amina.student_blocked = True
        self.assertEqual(self.status(self.amina), "banned")
        self.amina.student_blocked = False
        self.assertEqual(self.status(self.amina), "out")

    def test_enrolled__begins_on_the_classroom_s_day(self):
        # 24 hours apart, in summer and winter: always on days that follow each other
        days = []
        for tz in ("Pacific/Kiritimati", "Pacific/Honolulu"):
            self.classroom.tz = tz
            enrolment = self.enrol(self.chloe)
            self.assertEqual(self.status(self.chloe), "in", tz)
            days.append(enrolment.date_from)
            enrolment.action_unenrol()
            self.assertEqual(
                (self.status(self.chloe), enrolment.date_to), ("out", enrolment.date_from), tz
            )
        self.assertEqual(days[0] - days[1], timedelta(days=1))

    def test_unenrolled__before_it_began(self):
        later = self.enrol(self.chloe, date_from=fields.Date.today() + timedelta(days=30))
        later.action_unenrol()
        self.assertEqual((later.state, later.date_to), ("ended", later.date_from))

    def test_left_on_telegram__enrolment_ends(self):
        self.tell("member_left", self.chat, tg_user_id=self.link(self.amina))
        self.ring()
        self.assertEqual(self.enrolments(self.amina).state, "ended")
        self.assertEqual(self.status(self.amina), "out")

    def test_removed_by_an_admin__says_who_and_is_undone_with_one_click(self):
        self.tell(
            "member_removed",
            self.chat,
            tg_user_id=self.link(self.amina),
            by=self.link(self.teacher),
            banned=True,
        )
        self.ring()
        ended = self.enrolments(self.amina)
        self.assertEqual((ended.state, self.status(self.amina)), ("ended", "out"))
        self.assertIn("Mme Roux", ended.reason)
        self.assertTrue(ended.ended_at)
        ended.action_enrol_again()
        self.assertEqual(self.status(self.amina), "in")

    def test_left_on_telegram__flagged(self):
        self.classroom.telegram_leave_policy = "flag"
        self.supervisor.user_ids |= self.supervisor_user("petit-tg")
        self.tell("member_left", self.chat, tg_user_id=self.link(self.amina))
        self.ring()
        self.assertEqual(self.enrolments(self.amina).state, "active")
        self.assertIn(self.supervisor.user_ids, self.classroom.activity_ids.mapped("user_id"))

    def test_came_on_telegram__enrolled_once(self):
        self.classroom.telegram_join_policy = "enrol"
        tg_user_id = self.link(self.chloe)
        self.tell("request_waiting", self.chat, tg_user_id=tg_user_id, roster=None)
        self.tell("member_joined", self.chat, tg_user_id=tg_user_id, via="request")
        self.ring()
        self.assertEqual(self.enrolments(self.chloe).mapped("state"), ["active"])
        self.assertEqual(self.status(self.chloe), "in")

    def test_came_back__asked_about_until_somebody_decides(self):
        """A former student who waits for a decision is not removed by the next change."""
        self.chat.join_policy = "ask"
        self.enrolments(self.amina).action_unenrol()
        self.tell("member_joined", self.chat, tg_user_id=self.link(self.amina), via="link")
        self.ring()
        self.assertEqual(self.status(self.amina), "undecided")
        self.enrol(self.chloe)
        self.env["telegram.classroom.mixin"]._cron_telegram_rosters()
        self.assertEqual(self.status(self.amina), "undecided")
        self.enrolments(self.amina).action_enrol_again()
        self.assertEqual(self.status(self.amina), "in")

    def test_came_unknown__enrolled_once_a_person_has_said_who_it_is(self):
        self.classroom.telegram_join_policy = "enrol"
        self.tell("member_joined", self.chat, tg_user_id=7100, name="Chloé", via="link")
        self.ring()
        fact = self.env["telegram.inbox"].search([], order="id desc", limit=1)
        self.env.cr.execute(
            "INSERT INTO telegram_member (chat_id, tg_user_id, name, seen_status, state,"
            " told_status, told_inbox_id) VALUES (%s, 7100, 'Chloé', 'in', 'guest', 'in', %s)"
            " RETURNING id",
            [self.chat.id, fact.id],
        )
        member = self.env.cr.fetchone()[0]
        self.assertFalse(self.enrolments(self.chloe))
        wizard = self.env["telegram.guest.wizard"].with_context(default_member_id=member)
        wizard.create({"partner_id": self.chloe.id}).action_link()
        self.assertEqual(self.enrolments(self.chloe).mapped("state"), ["active"])
        self.assertEqual(self.status(self.chloe), "in")

    def test_came_unknown__enrolled_once_they_have_linked_themselves(self):
        self.classroom.telegram_join_policy = "enrol"
        self.tell("member_joined", self.chat, tg_user_id=7200, name="Chloé", via="link")
        self.ring()
        fact = self.env["telegram.inbox"].search([], order="id desc", limit=1)
        self.env.cr.execute(
            "INSERT INTO telegram_member (chat_id, tg_user_id, name, seen_status, state,"
            " told_status, told_inbox_id) VALUES (%s, 7200, 'Chloé', 'in', 'guest', 'in', %s)",
            [self.chat.id, fact.id],
        )
        token = self.env["telegram.link"]._new_token(self.chloe)
        self.tell(
            "bot_message", self.env["telegram.chat"], tg_user_id=7200, text="/start %s" % token
        )
        self.ring()
        self.assertEqual(self.enrolments(self.chloe).mapped("state"), ["active"])
        self.assertEqual(self.status(self.chloe), "in")

    def test_came_on_telegram__blocked_is_never_enrolled(self):
        self.chloe.student_blocked = True
        self.tell("member_joined", self.chat, tg_user_id=self.link(self.chloe), via="added")
        self.ring()
        self.assertFalse(self.enrolments(self.chloe))
        self.assertEqual(self.status(self.chloe), "banned")

    def test_came_on_telegram__blocked_stays_banned_until_unblocked(self):
        self.chloe.student_blocked = True
        self.tell("request_waiting", self.chat, tg_user_id=self.link(self.chloe), roster=None)
        self.ring()
        self.enrol(self.env["res.partner"].create({"name": "Dalia"}))
        ClassRoster(self.classroom).sync()
        self.assertEqual(self.status(self.chloe), "banned")
        self.chloe.student_blocked = False
        ClassRoster(self.classroom).sync()
        self.assertEqual(self.status(self.chloe), "out")

    def test_left_on_telegram__when_it_happened_and_whether_it_was_seen(self):
        at = datetime(2026, 3, 2, 9, 0)
        account = self.link(self.amina)
        self.tell("member_left", self.chat, at, tg_user_id=account, is_witnessed=False)
        self.ring()
        ended = self.enrolments(self.amina)
        self.assertEqual(ended.ended_at, at)
        self.assertIn("plus dans le groupe", ended.reason)

    def test_promoted_on_telegram__reported_with_who_did_it(self):
        self.tell(
            "member_promoted",
            self.chat,
            tg_user_id=self.link(self.amina),
            by=self.link(self.teacher),
        )
        self.ring()
        body = self.classroom.message_ids[0].body
        for words in ("Amina", "Mme Roux", "remis comme"):
            self.assertIn(words, body)
        self.classroom.telegram_promotion_policy = "accept"
        self.tell("member_demoted", self.chat, tg_user_id=self.link(self.teacher))
        self.ring()
        self.assertIn("reste ainsi", self.classroom.message_ids[0].body)

    def test_group_broken__the_supervisor_is_asked_and_nobody_unenrolled(self):
        user = self.supervisor_user("petit-broken")
        self.tell("chat_broken", self.chat, error_code="bot_removed")
        self.ring()
        activity = self.classroom.activity_ids
        self.assertEqual(activity.user_id, user)
        self.assertIn("Comparer maintenant", activity.note)
        self.assertEqual(self.status(self.amina), "in")

    def test_account_deleted__unlinked_the_enrolment_stays(self):
        self.supervisor_user("petit-gone")
        account = self.link(self.amina)
        contact = self.amina._telegram_contacts()
        self.tell("person_changed", self.env["telegram.chat"], tg_user_id=account, is_deleted=True)
        self.ring()
        self.assertEqual((contact.state, contact.is_deleted), ("revoked", True))
        self.assertEqual(contact.name, "Amina")
        self.assertEqual(self.enrolments(self.amina).state, "active")
        self.assertIn("Amina", self.classroom.activity_ids.note)

    def test_account_deleted__another_one_is_left(self):
        account, other = self.link(self.amina), self.link(self.amina)
        self.tell("person_changed", self.env["telegram.chat"], tg_user_id=account, is_deleted=True)
        self.ring()
        self.assertEqual(self.amina._telegram_contacts().tg_user_id, other)
        self.assertFalse(self.classroom.activity_ids)

    def test_title_changed_on_telegram(self):
        self.tell("title_changed", self.chat, title="Maths 3A", by=5)
        self.ring()
        self.assertEqual(self.classroom.name, "Maths 3A")

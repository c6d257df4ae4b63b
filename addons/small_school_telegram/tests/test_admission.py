from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests.common import new_test_user, tagged

from odoo.addons.telegram_school.services.membership.roster import ClassRoster

from .common import ClassroomCase


@tagged("post_install", "-at_install")
class TestAdmission(ClassroomCase):
    """Only people who belong today are let in without a question; about any other known person
    somebody is asked once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, "petit", groups="small_school.group_supervisor")
        cls.user.partner_id = cls.supervisor

    def come(self, partner, kind="request_waiting", **payload):
        contacts = partner._telegram_contacts()
        account = contacts[:1].tg_user_id or self.link(partner)
        self.tell(kind, self.chat, tg_user_id=account, **payload)
        self.ring()

    def status(self, partner):
        return self.roster(self.chat).get(partner.id, (None, None))[1]

    def notes(self):
        return self.classroom.activity_ids.filtered(lambda one: one.user_id == self.user)

    def assertAsked(self, partner, *words):
        self.assertEqual(self.status(partner), "undecided")
        (activity,) = self.notes()
        for word in (partner.name, *words):
            self.assertIn(word, activity.note)

    # -- case 29 --------------------------------------------------------------------------------

    def test_unenrolled__back_by_the_link__asked_and_told_why(self):
        for policy in ("ask", "enrol"):
            self.chat.join_policy = policy
            student = self.env["res.partner"].create({"name": "Sami " + policy})
            self.enrol(student).action_unenrol(reason="A changé d'école")
            self.send(self.chat)
            before = self.texts(self.chat)
            self.come(student)
            self.assertAsked(student, "A changé d'école")
            self.assertEqual(self.enrolments(student).mapped("state"), ["ended"])
            self.assertEqual(self.texts(self.chat), before)
            self.notes().unlink()

    def test_archived_class__asked_once_it_is_restored(self):
        for partner, kind, seen in (
            (self.chloe, "request_waiting", "requested"),
            (self.env["res.partner"].create({"name": "Dan"}), "member_joined", "in"),
        ):
            self.classroom.active = False
            self.come(partner, kind)
            self.assertFalse(self.notes())
            self.assertIsNone(self.status(partner))
            fact = self.env["telegram.inbox"].search([("kind", "=", kind)], limit=1)
            account = partner._telegram_contacts().tg_user_id
            self.env.cr.execute(
                "INSERT INTO telegram_member (chat_id, partner_id, tg_user_id, state, seen_status,"
                " told_status, told_inbox_id) VALUES (%s, %s, %s, 'guest', %s, %s, %s)",
                [self.chat.id, partner.id, account, seen, seen, fact.id],
            )
            self.classroom.active = True
            self.ring()
            self.assertAsked(partner)
            self.notes().unlink()

    def test_left_by_themselves__back_by_the_link__asked(self):
        self.tell("member_left", self.chat, tg_user_id=self.link(self.amina))
        self.ring()
        self.classroom.activity_ids.unlink()
        self.come(self.amina)
        self.assertAsked(self.amina, "quitté le groupe")

    # -- case 32 --------------------------------------------------------------------------------

    def test_pupil_of_another_class__asked(self):
        other = self.env["small_school.classroom"].create({"name": "Physique", "code": "TG-PH"})
        self.env["small_school.enrolment"].create(
            {"classroom_id": other.id, "partner_id": self.chloe.id}
        )
        self.come(self.chloe)
        self.assertAsked(self.chloe)
        self.assertFalse(self.enrolments(self.chloe))

    def test_parent__asked(self):
        parent = self.env["res.partner"].create({"name": "Mère d'Amina"})
        self.amina.guardian_ids = parent
        self.come(parent, "member_joined", via="added", by=self.link(self.teacher))
        self.assertAsked(parent)
        self.assertFalse(self.enrolments(parent))

    def test_over_or_to_come__the_dates_stay(self):
        today = self.classroom._today()
        cases = [
            {"date_from": today - timedelta(days=90), "date_to": today - timedelta(days=1)},
            {"date_from": today + timedelta(days=30), "date_to": today + timedelta(days=60)},
        ]
        for policy in ("ask", "enrol"):
            self.chat.join_policy = policy
            for dates in cases:
                student = self.env["res.partner"].create({"name": "Daté"})
                enrolment = self.enrol(student, **dates)
                self.come(student)
                self.assertAsked(student)
                self.assertEqual({name: enrolment[name] for name in dates}, dates)
                self.notes().unlink()

    def test_teacher_whose_time_is_over__asked(self):
        assignment = self.env["small_school.assignment"].search(
            [("partner_id", "=", self.teacher.id), ("classroom_id", "=", self.classroom.id)]
        )
        yesterday = self.classroom._today() - timedelta(days=1)
        assignment.write({"date_from": yesterday, "date_to": yesterday})
        self.come(self.teacher)
        self.assertAsked(self.teacher)

    # -- the answer -----------------------------------------------------------------------------

    def test_asked__once_per_person_and_class(self):
        for _i in range(3):
            self.come(self.chloe)
            self.come(self.chloe, "member_joined", via="request")
        self.assertAsked(self.chloe)
        self.assertEqual(self.notes().note.count("Chloé est"), 1)

    def decide(self, partner, button):
        account = partner._telegram_contacts().tg_user_id
        self.env.cr.execute(
            "INSERT INTO telegram_member (chat_id, partner_id, tg_user_id, state, seen_status)"
            " VALUES (%s, %s, %s, 'undecided', 'requested') RETURNING id",
            [self.chat.id, partner.id, account],
        )
        member = self.env["telegram.member"].browse(self.env.cr.fetchone()[0])
        return getattr(member.with_user(self.user), button)()

    def test_refused__stays_out_and_nobody_is_asked_again(self):
        self.enrolments(self.amina).action_unenrol(reason="Absences")
        self.come(self.amina)
        self.decide(self.amina, "action_not_enrol")
        self.notes().unlink()
        ClassRoster(self.classroom).sync()
        self.come(self.amina)
        self.assertEqual(self.status(self.amina), "out")
        self.assertFalse(self.notes())
        # the school enrols them after all, and ends it once more: another matter
        self.enrolments(self.amina).action_enrol_again()
        self.assertEqual(self.status(self.amina), "in")
        self.enrolments(self.amina).filtered(lambda one: one.state == "active").action_unenrol()
        self.come(self.amina)
        self.assertAsked(self.amina)

    def test_enrolled_by_the_answer(self):
        self.come(self.chloe)
        self.decide(self.chloe, "action_enrol")
        self.assertEqual(self.status(self.chloe), "in")
        self.assertEqual(self.enrolments(self.chloe).state, "active")

    # -- the class's own setting ----------------------------------------------------------------

    def test_enrol_whoever_comes__by_the_class_s_setting_alone(self):
        self.assertEqual(self.classroom.telegram_join_policy, "ask")
        self.classroom.telegram_join_policy = "enrol"
        self.come(self.chloe)
        self.assertEqual((self.status(self.chloe), self.notes().ids), ("in", []))

    def test_enrol_whoever_comes__not_who_is_blocked(self):
        self.classroom.telegram_join_policy = "enrol"
        self.enrolments(self.amina).action_block()
        self.come(self.amina)
        self.assertEqual(self.status(self.amina), "banned")

    # -- archived -------------------------------------------------------------------------------

    def test_archived__who_comes_waits_for_the_contact(self):
        self.classroom.telegram_join_policy = "enrol"
        self.chloe.active = False
        self.come(self.chloe)
        self.assertAsked(self.chloe, "archivée")
        with self.assertRaisesRegex(UserError, "Chloé"):
            self.decide(self.chloe, "action_enrol")


@tagged("post_install", "-at_install")
class TestArchived(ClassroomCase):
    """An archived login changes nothing; a person with an archived contact is out after an hour,
    and back when it is restored."""

    def status(self, partner):
        return self.roster(self.chat).get(partner.id, (None, None))[1]

    def an_hour_later(self, partner):
        partner.telegram_archived_at = fields.Datetime.now() - timedelta(minutes=61)
        self.env["res.partner"]._cron_telegram_archived()

    def test_portal_access_taken_away__nothing_happens(self):
        user = new_test_user(self.env, "amina-portal", groups="base.group_portal")
        user.partner_id = self.amina
        before = self.texts(self.chat)
        user.active = False
        self.env["telegram.classroom.mixin"]._cron_telegram_rosters()
        self.assertEqual((self.status(self.amina), self.texts(self.chat)), ("in", before))
        user.active = True
        self.assertEqual(self.status(self.amina), "in")

    def test_contact_archived__out_after_an_hour_without_a_ban(self):
        self.amina.active = False
        self.env["res.partner"]._cron_telegram_archived()
        self.env["telegram.classroom.mixin"]._cron_telegram_rosters()
        self.assertEqual(self.status(self.amina), "in", "somebody may have clicked by mistake")
        self.an_hour_later(self.amina)
        self.assertEqual(self.status(self.amina), "out")
        self.amina.active = True
        self.assertEqual((self.status(self.amina), self.amina.telegram_archived_at), ("in", False))

    def test_contact_archived__archived_twice_counts_from_the_first(self):
        self.amina.active = False
        self.amina.telegram_archived_at = fields.Datetime.now() - timedelta(minutes=61)
        self.amina.active = False
        self.assertEqual(self.status(self.amina), "out")

    def test_contact_archived__blocked_stays_banned(self):
        self.amina.student_blocked = True
        self.amina.active = False
        self.an_hour_later(self.amina)
        self.assertEqual(self.status(self.amina), "banned")

    def test_teacher_too_and_also_where_the_record_is_gone(self):
        self.teacher.active = False
        self.an_hour_later(self.teacher)
        self.assertEqual(self.status(self.teacher), "out")
        self.classroom.unlink()
        self.bilal.active = False
        self.an_hour_later(self.bilal)
        self.assertEqual(self.status(self.bilal), "out")

    def test_blocked__the_class_reads_what_it_reads_of_an_unenrolment(self):
        self.enrolments(self.amina).action_block()
        (text,) = self.texts(self.chat)
        self.assertIn("Désinscription", text)
        self.assertIn("Amina", text)
        self.assertNotIn("loqué", text)

from datetime import datetime, timedelta

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests.common import new_test_user, tagged

from odoo.addons.telegram_school.services.membership.questions import Questions

from .common import ClassroomCase

AT = datetime(2026, 3, 2, 9, 0)


class DepartureCase(ClassroomCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, "petit", groups="small_school.group_supervisor")
        cls.user.partner_id = cls.supervisor

    def status(self, partner):
        return self.roster(self.chat).get(partner.id, (None, None))[1]

    def notes(self, user=None):
        user = user or self.user
        return self.classroom.activity_ids.filtered(lambda one: one.user_id == user)

    def member(self, partner, state="left"):
        self.env.cr.execute(
            "INSERT INTO telegram_member (chat_id, partner_id, tg_user_id, state, seen_status)"
            " VALUES (%s, %s, %s, %s, 'out') RETURNING id",
            [self.chat.id, partner.id, partner._telegram_contacts()[:1].tg_user_id, state],
        )
        return self.env["telegram.member"].browse(self.env.cr.fetchone()[0]).with_user(self.user)

    def put_back(self):
        newest = self.commands(self.chat, kind="reconcile").sorted("id")
        wishes = [row._payload().get("put_back") for row in newest]
        return sorted(sum(filter(None, wishes), []))


@tagged("post_install", "-at_install")
class TestDepartures(DepartureCase):
    """Many people who leave at once: their enrolments are held, and somebody is asked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.crowd = cls.env["res.partner"].create(
            [{"name": "Élève %02d" % number} for number in range(30)]
        )
        cls.until = fields.Date.today() + timedelta(days=90)
        cls.env["small_school.enrolment"].create(
            [
                {
                    "classroom_id": cls.classroom.id,
                    "partner_id": one.id,
                    "date_from": fields.Date.today() - timedelta(days=9),
                    "date_to": cls.until,
                }
                for one in cls.crowd
            ]
        )

    def go(self, people, *minutes):
        by = self.teacher._telegram_contacts()[:1].tg_user_id or self.link(self.teacher)
        for number, one in enumerate(people):
            at = AT + timedelta(minutes=minutes[number] if minutes else 0)
            account = one._telegram_contacts()[:1].tg_user_id or self.link(one)
            self.tell("member_removed", self.chat, at, tg_user_id=account, by=by, banned=True)

    def states(self, people):
        return {self.enrolments(one).state for one in people}

    def test_fifteen_of_thirty__held_and_asked_about_once(self):
        gone = self.crowd[:15]
        before = self.texts(self.chat)
        self.go(gone)
        self.ring()
        self.assertEqual(self.states(gone), {"active"})
        self.assertEqual(self.texts(self.chat), before)
        (activity,) = self.notes()
        self.assertIn("15", activity.summary)
        self.assertEqual(self.chat.gone_count, 15)
        held = [one for one in self.classroom.message_ids.mapped("body") if "15" in one]
        self.assertEqual(len(held), 1, "said once, not with each of them")

    def test_told_one_after_the_other__those_who_were_ended_are_as_before(self):
        gone = self.crowd[:8]
        for number, student in enumerate(gone):
            self.go(student, number)
            self.ring()
        self.assertEqual(self.states(gone), {"active"})
        self.assertEqual(set(gone.mapped("enrolment_ids.date_to")), {self.until})
        self.assertEqual(len(gone.mapped("enrolment_ids")), 8, "no new ones")
        self.assertEqual(self.chat.gone_count, 8)
        (activity,) = self.notes()
        self.assertIn("8", activity.summary)

    def test_five__and_six_within_an_hour__are_unenrolled(self):
        self.go(self.crowd[:5])
        self.ring()
        self.assertEqual(self.states(self.crowd[:5]), {"ended"})
        self.go(self.crowd[5:11], 20, 25, 32, 40, 50, 60)
        self.ring()
        self.assertEqual(self.states(self.crowd[5:11]), {"ended"})

    def test_put_all_back(self):
        gone = self.crowd[:12]
        self.go(gone)
        self.ring()
        accounts = sorted(gone._telegram_contacts().mapped("tg_user_id"))
        self.member(gone[0])
        self.chat.with_user(self.user).action_put_all_back()
        self.assertEqual(self.states(gone), {"active"})
        self.assertEqual(self.put_back(), accounts)
        self.assertFalse(self.notes())
        self.assertEqual(self.chat.gone_count, 0)

    def test_it_was_meant(self):
        gone = self.crowd[:12]
        self.go(gone)
        self.ring()
        self.member(gone[0])
        self.chat.with_user(self.user).action_all_meant()
        self.assertEqual(self.states(gone), {"ended"})
        self.assertIn("Mme Roux", self.enrolments(gone[0]).reason)
        self.assertEqual({self.status(one) for one in gone}, {"out"})
        self.assertFalse(self.notes())

    def test_one_of_them__answered_alone(self):
        gone = self.crowd[:12]
        self.go(gone)
        self.ring()
        self.member(gone[0]).action_not_enrol()
        self.assertEqual(self.enrolments(gone[0]).state, "ended")
        self.assertEqual(self.states(gone[1:]), {"active"})
        self.assertEqual(self.chat.gone_count, 11)

    def test_answered_by_a_teacher__refused(self):
        self.go(self.crowd[:12])
        self.ring()
        self.member(self.crowd[0])
        teacher = new_test_user(self.env, "roux", groups="small_school.group_teacher")
        with self.assertRaises(AccessError):
            self.chat.with_user(teacher).action_all_meant()


@tagged("post_install", "-at_install")
class TestLeaving(DepartureCase):
    """A departure is asked about, with two answers."""

    def leave(self, partner):
        account = partner._telegram_contacts()[:1].tg_user_id or self.link(partner)
        self.tell("member_left", self.chat, AT, tg_user_id=account)
        self.ring()

    def test_left__enrolled_again(self):
        self.leave(self.amina)
        (activity,) = self.notes()
        self.assertIn("Amina", activity.note)
        member = self.member(self.amina)
        self.assertEqual((member.question, member.standing), ("left", "decide"))
        member.action_enrol()
        self.assertEqual(self.status(self.amina), "in")
        self.assertEqual(sorted(self.enrolments(self.amina).mapped("state")), ["active", "ended"])
        self.assertFalse(self.notes())
        self.assertTrue(self.put_back())

    def test_left__it_was_meant(self):
        self.leave(self.amina)
        self.member(self.amina).action_not_enrol()
        self.assertEqual(self.status(self.amina), "out")
        self.assertEqual(self.enrolments(self.amina).state, "ended")
        self.assertFalse(self.notes())

    def test_two_left__one_activity(self):
        self.leave(self.amina)
        self.leave(self.bilal)
        (activity,) = self.notes()
        self.assertIn("Amina", activity.note)
        self.assertIn("Bilal", activity.note)
        self.member(self.amina).action_not_enrol()
        self.assertTrue(self.notes(), "Bilal is still asked about")
        self.enrolments(self.bilal).action_enrol_again()
        self.assertFalse(self.notes(), "settled by the school itself")

    def test_two_kinds_settled_at_once__both_activities_go(self):
        ask = Questions(self.classroom).ask
        for kind in ("admit", "left", "gone"):
            ask(kind, "Question", "Question %s" % kind)
        self.assertEqual(len(self.notes()), 3)
        Questions(self.classroom).settle(self.chat)
        self.assertFalse(self.notes())

    def test_teacher_left__put_back(self):
        self.leave(self.teacher)
        member = self.member(self.teacher)
        self.assertEqual(member.question, "left")
        member.action_enrol()
        self.assertEqual(self.status(self.teacher), "in")
        self.assertFalse(self.notes())

    # -- always somebody ------------------------------------------------------------------------

    def test_nobody_with_a_login__the_managers(self):
        self.user.active = False
        manager = new_test_user(self.env, "chef", groups="small_school.group_manager")
        self.leave(self.amina)
        self.assertIn("Amina", self.notes(manager).note)

    def test_supervisor_without_rights__the_teacher(self):
        self.user.groups_id = self.env.ref("base.group_user")
        teacher = new_test_user(self.env, "roux", groups="small_school.group_teacher")
        teacher.partner_id = self.teacher
        self.leave(self.amina)
        self.assertFalse(self.notes())
        self.assertIn("Amina", self.notes(teacher).note)

    def test_no_manager__the_administrators(self):
        self.user.active = False
        self.env.ref("small_school.group_manager").users = [(5, 0)]
        self.assertTrue(Questions(self.classroom).deciders())


@tagged("post_install", "-at_install")
class TestAgreed(DepartureCase):
    """Confirmed removals are not held again by the removal limit."""

    def ask(self, enrolments, act, **values):
        window = getattr(enrolments.with_user(self.user), "action_ask_" + act)()
        wizards = self.env["small_school.enrolment.end"].with_user(self.user)
        return wizards.with_context(**window["context"]).create(values)

    def allowed(self):
        rows = self.commands(self.chat, kind="reconcile").sorted("id")
        return sorted(sum([row._payload().get("allow_removals") or [] for row in rows], []))

    def test_asked__with_how_many_and_whom(self):
        accounts = sorted([self.link(self.amina), self.link(self.bilal)])
        both = self.enrolments(self.amina) | self.enrolments(self.bilal)
        wizard = self.ask(both, "unenrol", reason="Fin de l'année")
        for word in ("2", "Amina", "Bilal", self.classroom.name):
            self.assertIn(word, wizard.question)
        self.assertEqual(set(both.mapped("state")), {"active"}, "nothing before the answer")
        wizard.action_end()
        self.assertEqual(set(both.mapped("state")), {"ended"})
        self.assertEqual(set(both.mapped("reason")), {"Fin de l'année"})
        self.assertEqual(self.allowed(), accounts)

    def test_block__likewise(self):
        account = self.link(self.amina)
        self.ask(self.enrolments(self.amina), "block").action_end()
        self.assertEqual(self.status(self.amina), "banned")
        self.assertEqual(self.allowed(), [account])

    def test_without_the_question__the_guard_stands(self):
        self.link(self.amina)
        self.enrolments(self.amina).with_user(self.user).action_unenrol()
        self.assertFalse(self.allowed())

    def test_every_button_that_ends_asks(self):
        for view in ("small_school.view_enrolment_form", "small_school.view_classroom_form"):
            found = self.env.ref(view)
            arch = self.env[found.model].fields_view_get(found.id, "form")["arch"]
            for button in etree.fromstring(arch).xpath("//button"):
                self.assertNotIn(button.get("name"), ("action_unenrol", "action_block"), view)

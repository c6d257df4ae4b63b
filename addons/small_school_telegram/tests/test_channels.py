import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged

from odoo.addons.lesson_register.services.pdf import render
from odoo.addons.lesson_register.services.sheet import SheetPaper
from odoo.addons.small_school.models.attendance.report_source import SchoolSource
from odoo.addons.small_school.models.attendance.sheet_page import SheetPage
from odoo.addons.telegram_school.services.attendance.sheet import LessonSheet
from odoo.addons.telegram_school.services.calls.clock import LessonClock

from .common import ClassroomCase

MINUTE = timedelta(minutes=1)
BLUE, RED = 5550001, 8_000_000_002  # ids of channels: larger than 32 bits, too


@tagged("post_install", "-at_install")
class TestChannels(ClassroomCase):
    """People take part as channels of theirs, an administrator as the group itself; the teacher
    says with one tap who it was."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, lang="en_US"))
        cls.env.ref("base.lang_en").active = True
        cls.start = fields.Datetime.now().replace(second=0) - timedelta(minutes=70)
        for partner in (cls.amina, cls.bilal):
            cls.env["telegram.contact"]._confirm(partner, 9000 + partner.id)

    def account(self, partner):
        return 9000 + partner.id

    def held(self, visits, start=None, name="Fractions", length=60):
        start = start or self.start
        lesson = self.env["small_school.lesson"].create(
            {
                "classroom_id": self.classroom.id,
                "name": name,
                "start": start,
                "stop": start + length * MINUTE,
            }
        )
        self.tell_call(
            self.chat,
            start - 5 * MINUTE,
            lesson.stop,
            [(who, what, start + at * MINUTE) for who, what, at in visits],
            open_key=LessonClock(lesson).key("open"),
            close_key=LessonClock(lesson).key("close"),
            titles={BLUE: "Le ciel bleu", RED: "Amina & <b>co</b>"},
        )
        self.ring()
        return lesson

    def two(self, **values):
        """Hold a lesson with two channels, and Amina for its first ten minutes."""
        return self.held(
            [
                *((-BLUE, "joined", 0), (-BLUE, "left", 60)),
                *((-RED, "joined", 20), (-RED, "left", 45)),
                *((self.account(self.amina), "joined", 0), (self.account(self.amina), "left", 10)),
            ],
            **values,
        )

    def status(self, lesson, partner):
        return self.line(lesson, partner).status

    def line(self, lesson, partner):
        return lesson.line_ids.filtered(lambda one: one.partner_id == partner)

    def asked(self, lesson):
        lesson.invalidate_cache()
        return json.loads(self.page(lesson).channels or "null")

    def question(self, lesson, channel):
        [found] = [one for one in self.asked(lesson)["questions"] if one["id"] == channel]
        return found

    def user(self, partner, group="group_teacher"):
        values = {
            "login": "u%s" % partner.id,
            "partner_id": partner.id,
            "groups_id": [(6, 0, [self.env.ref("small_school." + group).id])],
        }
        return self.env["res.users"].with_context(no_reset_password=True).create(values)

    # -- nobody is called absent ------------------------------------------------------------------

    def test_open__nobody_who_was_not_seen_is_absent(self):
        lesson = self.two()
        self.assertEqual(self.status(lesson, self.bilal), "unknown")
        self.assertEqual(self.status(lesson, self.teacher), "unknown")
        self.assertEqual(self.status(lesson, self.amina), "partial")
        line = self.line(lesson, self.bilal)
        self.assertEqual((line.minutes_low, line.minutes_high), (0, 60))
        self.assertIn("en tant que chaîne", line.evidence)

    def test_said__in_the_group_in_files_and_on_the_form(self):
        lesson = self.two()
        self.assertIn("2 ont participé en tant que chaînes", self.texts(self.chat)[-1])
        asked = self.asked(lesson)
        self.assertEqual(asked["title"], "2 took part as channels.")
        self.assertIn("nobody who was not seen is called absent", asked["hint"])
        self.assertEqual(lesson._sheet_extras()["notes"], ["2 took part as channels."])
        french = lesson.with_context(lang="fr_FR")
        self.assertEqual(french._sheet_extras()["notes"], ["2 ont participé en tant que chaînes."])
        source = SchoolSource(lesson.env)
        table = SheetPaper(source, lesson).table()
        self.assertIn("2 took part as channels.", table.lines)
        rows = [row for row in table.rows if row[2] == "Channel"]
        self.assertEqual([row[0] for row in rows], ["Le ciel bleu", "Amina & <b>co</b>"])
        self.assertEqual({len(row) for row in table.rows}, {len(table.header)})
        self.assertEqual(rows[0][-1], "Nobody has said who that was.")
        for is_inside in (True, False):
            page = render(SheetPaper(source, lesson, has_remarks=is_inside))[0].decode()
            self.assertIn("2 took part as channels.", page)
            self.assertEqual("Le ciel bleu" in page, is_inside)
            self.assertNotIn("<b>co</b>", page)

    def test_said__one_channel_and_none(self):
        single = self.held([(-BLUE, "joined", 0), (-BLUE, "left", 5), (-BLUE, "joined", 50)])
        self.assertEqual(single._sheet_extras()["notes"], ["1 took part as a channel."])
        none = self.held([(-BLUE, "joined", -4), (-BLUE, "left", -1)], self.start - 180 * MINUTE)
        self.assertEqual(none._sheet_extras()["notes"], [])
        self.assertIsNone(self.asked(none))
        self.assertEqual(self.status(none, self.bilal), "absent")
        self.assertNotIn("chaîne", self.texts(self.chat)[-1])

    def test_title__not_told(self):
        lesson = self.held([(-77, "joined", 0)])
        self.assertEqual(self.question(lesson, 77)["name"], "Channel 77")
        self.assertEqual(self.page(lesson).presence_ids.mapped("person"), ["a channel"])

    # -- one tap ----------------------------------------------------------------------------------

    def test_answered__counts_as_their_own_and_the_rest_is_absent_again(self):
        lesson = self.two()
        question = self.question(lesson, BLUE)
        names = [one["name"] for one in question["choices"]]
        self.assertEqual(names, ["Bilal", "M. Petit", "Mme Roux", "Somebody else"])
        self.assertEqual([one["name"] for one in question["more"]], ["Amina"])
        self.page(lesson).action_channel(BLUE, self.bilal.id)
        self.assertEqual(self.status(lesson, self.bilal), "present")
        self.assertIn("a participé en tant que chaîne", self.line(lesson, self.bilal).evidence)
        self.assertEqual(self.status(lesson, self.teacher), "unknown", "the other one is open")
        answer = self.page(lesson).action_channel(str(RED), self.amina.id)
        self.assertEqual(self.status(lesson, self.amina), "left_early")
        self.assertEqual(self.line(lesson, self.amina).minutes, 35)
        self.assertEqual(self.status(lesson, self.teacher), "absent")
        answer = json.loads(answer)
        self.assertEqual(answer["hint"], "")
        self.assertIn("It was Bilal, says", answer["questions"][0]["answer"])
        self.assertEqual(answer["questions"][0]["choices"], [])
        bodies = " ".join(lesson.message_ids.mapped("body"))
        self.assertIn("« Le ciel bleu » était Bilal", bodies)
        self.assertNotIn("<b>co</b>", bodies)

    def test_answered__somebody_else_and_taken_back(self):
        lesson = self.two()
        self.page(lesson).action_channel(BLUE, "other")
        self.page(lesson).action_channel(RED, "other")
        self.assertEqual(self.status(lesson, self.bilal), "absent")
        self.assertEqual(lesson._sheet_extras()["notes"], ["2 took part as channels."])
        self.page(lesson).action_channel(RED, False)
        self.page(lesson).action_channel(RED, False)  # tapped twice
        self.assertEqual(self.status(lesson, self.bilal), "unknown")
        rows = self.env["telegram.channel.answer"].search([("tg_channel_id", "=", RED)])
        self.assertEqual(rows.mapped("said"), ["other", "open"])
        self.assertEqual(rows.mapped("said_uid"), self.env.user)
        with self.assertRaises(UserError):
            rows.write({"said": "person"})

    def test_answered__the_next_time_it_is_a_suggestion_and_no_more(self):
        first = self.two()
        self.page(first).action_channel(BLUE, self.bilal.id)
        self.page(first).action_channel(RED, "other")
        second = self.two(start=self.start - 120 * MINUTE, name="Avant")
        self.assertEqual(self.status(second, self.bilal), "unknown")
        likely = {
            channel: [
                one["id"] for one in self.question(second, channel)["choices"] if one["is_likely"]
            ]
            for channel in (BLUE, RED)
        }
        self.assertEqual(likely, {BLUE: [self.bilal.id], RED: ["other"]})
        first_shown = self.question(second, BLUE)["choices"][0]
        self.assertEqual(first_shown["id"], self.bilal.id)
        self.page(first).action_channel(BLUE, False)
        self.assertFalse(
            [one for one in self.question(second, BLUE)["choices"] if one["is_likely"]]
        )

    def test_while_the_lesson_runs(self):
        start = fields.Datetime.now().replace(microsecond=0) - 20 * MINUTE
        lesson = self.env["small_school.lesson"].create(
            {
                "classroom_id": self.classroom.id,
                "name": "En cours",
                "start": start,
                "stop": start + 60 * MINUTE,
            }
        )
        call = {"tg_call_id": 4711}
        self.tell("call_opened", self.chat, start, open_key=LessonClock(lesson).key("open"), **call)
        self.tell(
            "participant_joined",
            self.chat,
            start,
            **dict(call, tg_user_id=None, tg_channel_id=BLUE, peer_kind="channel", name="Bleu"),
        )
        self.ring()
        self.page(lesson).action_channel(BLUE, self.bilal.id)
        self.assertEqual(self.status(lesson, self.bilal), "present")
        self.assertEqual(self.status(lesson, self.amina), "absent")

    def test_the_group_itself__is_staff_or_a_student_who_is_an_administrator(self):
        group = self.chat._row().tg_chat_id
        lesson = self.held([(-group, "joined", 0)])
        self.assertEqual(
            lesson._sheet_extras()["notes"], ["An administrator took part as the group itself."]
        )
        self.assertEqual(self.status(lesson, self.bilal), "absent")
        self.assertEqual(self.status(lesson, self.teacher), "unknown")
        self.assertIn("du groupe lui-même", self.line(lesson, self.teacher).evidence)
        choices = self.question(lesson, group)["choices"]
        self.assertEqual(
            [one["name"] for one in choices], ["M. Petit", "Mme Roux", "Somebody else"]
        )
        with self.assertRaises(UserError):
            self.page(lesson).action_channel(group, self.bilal.id)
        self.env.cr.execute(
            "INSERT INTO telegram_member (chat_id, tg_user_id, partner_id, seen_role, state)"
            " VALUES (%s, %s, %s, 'admin', 'in')",
            [self.chat.id, self.account(self.bilal), self.bilal.id],
        )
        self.page(lesson).action_refresh()
        self.assertEqual(self.status(lesson, self.bilal), "unknown")
        self.page(lesson).action_channel(group, self.teacher.id)
        self.assertEqual(self.status(lesson, self.teacher), "present")
        self.assertEqual(self.status(lesson, self.supervisor), "absent")
        self.assertEqual(self.status(lesson, self.bilal), "absent")

    # -- who may, and when ------------------------------------------------------------------------

    def test_rights__whoever_may_correct_the_sheet(self):
        lesson = self.two()
        other = self.env["res.partner"].create({"name": "M. Blanc"})
        stranger = self.user(other)
        with self.assertRaises(AccessError):
            self.page(lesson.with_user(stranger)).action_channel(BLUE, self.bilal.id)
        lesson.substitute_id = other
        self.page(lesson.with_user(stranger)).action_channel(BLUE, self.bilal.id)
        self.assertEqual(self.status(lesson, self.bilal), "present")
        own = lesson.with_user(self.user(self.teacher))
        self.page(own).action_channel(RED, self.amina.id)
        self.assertIn("says Mme Roux", self.question(own, RED)["answer"])
        with self.assertRaises(AccessError):
            self.env["telegram.channel.answer"].with_user(stranger).search([])

    def test_refused__locked_unknown_and_not_of_the_class(self):
        lesson = self.two()
        for channel, who in ((1234, self.bilal.id), (BLUE, self.chloe.id)):
            with self.assertRaises(UserError):
                self.page(lesson).action_channel(channel, who)
        lesson.action_confirm_sheet()
        with self.assertRaisesRegex(UserError, "confirmed"):
            self.page(lesson).action_channel(BLUE, self.bilal.id)
        question = self.question(lesson, BLUE)
        self.assertEqual((question["may_answer"], question["choices"]), (False, []))
        self.assertEqual(self.page(lesson).differences, "")

    def test_page_for_telephones(self):
        lesson = self.two()
        own = lesson.with_user(self.user(self.teacher))
        asked = SheetPage(own).sheet()["asked"]
        self.assertEqual([one["id"] for one in asked["questions"]], [BLUE, RED])
        own._answer_question(BLUE, self.bilal.id)
        sheet = SheetPage(own).sheet()
        [bilal] = [one for one in sheet["lines"] if one["id"] == self.bilal.id]
        self.assertEqual((bilal["status"], bilal["by"]), ("present", ""))
        self.assertTrue(sheet["asked"]["questions"][0]["answer"])

    def test_correction__stays(self):
        lesson = self.two()
        self.line(lesson, self.bilal).status = "excused"
        self.page(lesson).action_channel(BLUE, self.bilal.id)
        line = self.line(lesson, self.bilal)
        self.assertEqual((line.status, line.computed_status), ("excused", "present"))

    # -- personal data ---------------------------------------------------------------------------

    def test_erased__neither_the_answer_nor_what_was_seen_of_the_channel_says_who(self):
        lesson = self.two()
        self.page(lesson).action_channel(BLUE, self.bilal.id)
        self.page(lesson).action_channel(RED, self.amina.id)
        data = self.env["telegram.personal.data"]
        person = data._personal_person(self.bilal)
        titles = [line["title"] for line in data._personal_preview(person)]
        self.assertIn("Lessons in which they are said to have taken part as a channel", titles)
        self.enrolments(self.bilal).action_unenrol()
        data._personal_erase(self.bilal)
        answers = self.env["telegram.channel.answer"].search([])
        self.assertEqual(answers.mapped("partner_id"), self.amina)
        seen = self.env["telegram.presence"].search([("tg_channel_id", "!=", False)])
        self.assertEqual(set(seen.mapped("tg_channel_id")), {RED})
        LessonSheet(lesson).refresh()
        self.assertEqual(self.status(lesson, self.teacher), "absent", "nothing is open again")

    def test_erased__a_title_that_names_somebody(self):
        self.amina.name = "Amina Haddad"
        lesson = self.held([(-RED, "joined", 0)])
        self.env.cr.execute("UPDATE telegram_presence SET channel_name = 'Blog d’Amina Haddad'")
        self.enrolments(self.amina).action_unenrol()
        self.env["telegram.personal.data"]._personal_erase(self.amina)
        lesson.invalidate_cache()
        names = self.env["telegram.presence"].search([]).mapped("channel_name")
        self.assertTrue(any(names))
        self.assertNotIn("Haddad", " ".join(name or "" for name in names))

    def test_forgotten__with_what_was_seen(self):
        lesson = self.two()
        self.page(lesson).action_channel(BLUE, self.bilal.id)
        self.page(lesson).action_channel(RED, "other")
        lesson.action_confirm_sheet()
        answers = self.env["telegram.channel.answer"]
        self.env.cr.execute(
            "UPDATE telegram_channel_answer SET said_at = said_at - interval '500 days';"
            "UPDATE telegram_presence SET at = at - interval '501 days'"
        )
        self.env["telegram.retention"]._cron_forget()
        self.assertEqual(len(answers.search([])), 2, "what was seen is still kept")
        self.env.cr.execute(
            "UPDATE telegram_call SET closed_at = closed_at - interval '500 days',"
            " opened_at = opened_at - interval '500 days'"
        )
        self.env["telegram.retention"]._cron_forget()
        self.assertFalse(answers.search([]))

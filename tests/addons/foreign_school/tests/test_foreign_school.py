from datetime import timedelta

from odoo import fields
from odoo.tests.common import tagged

from odoo.addons.telegram_classroom.tests.common import TelegramSchoolCase


@tagged("post_install", "-at_install")
class TestForeignSchool(TelegramSchoolCase):
    """A school with models of its own gets the same through its adapter alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.lang_en").active = True
        cls.users = (
            cls.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                [
                    {
                        "name": name,
                        "login": "fs%s" % number,
                        "groups_id": [(6, 0, [cls.env.ref("base.group_portal").id])],
                    }
                    for number, name in enumerate(["Amina", "Bilal <b>", "Chloé", "Driss"])
                ]
            )
        )
        cls.teacher = cls.users[3]
        cls.course = cls.env["fs.course"].create(
            {
                "intitule": "Physique",
                "langue": "en_US",
                "professeur_id": cls.teacher.id,
                "inscription_ids": [(0, 0, {"user_id": cls.users[0].id})],
            }
        )
        cls.chat = cls.course.telegram_chat_id
        cls.amina, cls.bilal, cls.chloe = cls.users[:3].mapped("partner_id")

    def enrol(self, user):
        return self.env["fs.inscription"].create({"course_id": self.course.id, "user_id": user.id})

    # -- E: from an enrolment to roster and outbox ----------------------------------------------

    def test_course__has_group(self):
        self.assertEqual(self.chat.name, "Physique")
        self.assertEqual(self.chat._owner(), self.course)
        self.assertEqual(self.chat.join_policy, "enrol")
        self.assertEqual(
            self.roster(self.chat),
            {
                self.amina.id: ("student", "in"),
                self.teacher.partner_id.id: ("teacher", "in"),
            },
        )
        self.assertTrue(self.commands(self.chat, kind="reconcile"))
        self.assertEqual(self.texts(self.chat), [], "the first roster is not news")

    def test_enrolment__reaches_roster_and_group(self):
        before = len(self.commands(self.chat, kind="reconcile"))
        self.enrol(self.users[1])
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "in"))
        self.assertEqual(len(self.commands(self.chat, kind="reconcile")), before + 1)
        (text,) = self.texts(self.chat)
        self.assertIn("Enrolled: ", text)
        self.assertIn("Bilal &lt;b&gt;", text)

    def test_enrolments__in_bulk_are_one_message(self):
        self.course.write({"inscription_ids": [(0, 0, {"user_id": u.id}) for u in self.users[1:3]]})
        (text,) = self.texts(self.chat)
        self.assertIn("Bilal", text)
        self.assertIn("Chloé", text)

    def test_enrolment__ended_blocked_deleted(self):
        bilal, chloe = self.enrol(self.users[1]), self.enrol(self.users[2])
        bilal.etat = "annulee"
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "out"))
        bilal.etat = "exclu"
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "banned"))
        chloe.unlink()
        self.assertEqual(self.roster(self.chat)[self.chloe.id], ("student", "out"))
        self.assertIn("No longer enrolled", self.texts(self.chat)[-1])

    def test_enrolment__moved_to_another_course(self):
        other = self.env["fs.course"].create({"intitule": "Chimie"})
        self.enrol(self.users[1]).course_id = other
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "out"))
        self.assertEqual(self.roster(other.telegram_chat_id), {self.bilal.id: ("student", "in")})

    def test_course__renamed_and_deleted(self):
        self.course.intitule = "  Physique   " + "x" * 200
        self.assertEqual(len(self.chat.name), 128)
        self.assertTrue(self.chat.name.endswith("…"))
        self.course.unlink()
        self.assertTrue(self.chat.exists())
        self.assertFalse(self.chat.active)

    def test_course__without_a_group(self):
        course = self.env["fs.course"].create({"intitule": "Latin", "telegram_enabled": False})
        self.assertFalse(course.telegram_chat_id)
        course.telegram_enabled = True
        self.assertTrue(course.telegram_chat_id.active)

    def test_policies__kept_on_the_chat(self):
        course = self.env["fs.course"].create(
            {"intitule": "Latin", "telegram_join_policy": "ask", "telegram_leave_policy": "flag"}
        )
        self.assertEqual(course.telegram_chat_id.join_policy, "ask")
        self.assertEqual(course.telegram_chat_id.leave_policy, "flag")
        course.telegram_join_policy = "remove"
        self.assertEqual(course.telegram_chat_id.join_policy, "remove")
        self.assertEqual(course.telegram_leave_policy, "flag")

    # -- what happened on Telegram --------------------------------------------------------------

    def test_joined__known_person_is_enrolled(self):
        self.tell("member_joined", self.chat, tg_user_id=self.link(self.bilal), via="link")
        self.ring()
        self.assertIn(self.users[1], self.course.inscription_ids.mapped("user_id"))
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "in"))

    def test_joined__asked_about(self):
        self.chat.join_policy = "ask"
        self.tell("member_joined", self.chat, tg_user_id=self.link(self.bilal), via="link")
        self.ring()
        self.assertNotIn(self.users[1], self.course.inscription_ids.mapped("user_id"))
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "undecided"))
        self.enrol(self.users[2])
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "undecided"))
        self.enrol(self.users[1])
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "in"))

    def test_joined__removed_by_policy(self):
        self.chat.join_policy = "remove"
        self.tell("member_joined", self.chat, tg_user_id=self.link(self.bilal), via="link")
        self.ring()
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "out"))

    def test_joined__nobody_of_the_school_changes_nothing(self):
        before = self.roster(self.chat)
        self.tell("member_joined", self.chat, tg_user_id=1, name="Stranger", via="added")
        self.ring()
        self.assertEqual(self.roster(self.chat), before)

    def test_joined__blocked_is_never_enrolled(self):
        self.enrol(self.users[1]).etat = "exclu"
        self.tell("member_joined", self.chat, tg_user_id=self.link(self.bilal), via="added")
        self.tell("request_waiting", self.chat, tg_user_id=self.link(self.bilal), roster="banned")
        self.ring()
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "banned"))

    def test_joined__shared_account_is_asked_about(self):
        tg_user_id = self.link(self.bilal)
        self.env["telegram.contact"]._confirm(self.chloe, tg_user_id)
        self.tell("member_joined", self.chat, tg_user_id=tg_user_id, via="link")
        self.ring()
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "undecided"))
        self.assertEqual(self.roster(self.chat)[self.chloe.id], ("student", "undecided"))

    def test_left__is_unenrolled(self):
        self.tell("member_left", self.chat, tg_user_id=self.link(self.amina))
        self.ring()
        self.assertEqual(self.course.inscription_ids.etat, "annulee")
        self.assertEqual(self.roster(self.chat)[self.amina.id], ("student", "out"))

    def test_left__only_shown(self):
        self.course.telegram_leave_policy = "flag"
        self.tell("member_removed", self.chat, tg_user_id=self.link(self.amina), by=5, banned=True)
        self.ring()
        self.assertEqual(self.roster(self.chat)[self.amina.id], ("student", "in"))

    def test_left__teacher_stays(self):
        self.tell("member_left", self.chat, tg_user_id=self.link(self.teacher.partner_id))
        self.ring()
        self.assertEqual(self.course.professeur_id, self.teacher)

    def test_left__our_own_doing_changes_nothing(self):
        self.enrol(self.users[1]).etat = "annulee"
        messages = self.texts(self.chat)
        tg_user_id = self.link(self.bilal)
        self.tell("member_removed", self.chat, tg_user_id=tg_user_id, by=9, by_us=True)
        self.tell("member_left", self.chat, tg_user_id=tg_user_id)
        self.ring()
        self.assertEqual(self.texts(self.chat), messages)

    def test_left__with_another_account_still_there(self):
        gone, kept = self.link(self.amina), self.link(self.amina)
        self.env.cr.execute(
            "INSERT INTO telegram_member (chat_id, tg_user_id, seen_status) VALUES (%s, %s, 'in')",
            [self.chat.id, kept],
        )
        self.tell("member_left", self.chat, tg_user_id=gone)
        self.ring()
        self.assertEqual(self.roster(self.chat)[self.amina.id], ("student", "in"))

    def test_title_changed(self):
        self.tell("title_changed", self.chat, title="Physique 2", by=5)
        self.ring()
        self.assertEqual(self.course.intitule, "Physique 2")
        self.course.telegram_title_policy = "restore"
        self.tell("title_changed", self.chat, title="Physique 3", by=5)
        self.ring()
        self.assertEqual((self.course.intitule, self.chat.name), ("Physique 2", "Physique 2"))

    # -- L: from a lesson to its sheet ----------------------------------------------------------

    def plan(self, start=None, **values):
        start = start or fields.Datetime.now() + timedelta(hours=2)
        return self.env["fs.seance"].create(
            dict({"course_id": self.course.id, "sujet": "Optique", "debut": start}, **values)
        )

    def test_lesson__commands(self):
        lesson = self.plan()
        clock = self.clock(lesson)
        start = lesson.debut
        self.assertEqual(clock["remind"].due_at, start - timedelta(minutes=15))
        self.assertEqual(clock["remind"].expires_at, start)
        self.assertEqual(clock["open"].due_at, start - timedelta(minutes=5))
        self.assertEqual(clock["open"].expires_at, start + timedelta(hours=1))
        self.assertEqual(clock["close"].due_at, start + timedelta(hours=1))
        self.assertEqual(clock["close"]._payload(), {"open_key": clock["open"].key})
        local = (start + timedelta(hours=1)).strftime("%H:%M")  # Algiers is UTC+1 all year
        self.assertIn("from %s" % local, clock["remind"]._payload()["text"])

    def test_lesson__moved_cancelled_and_back(self):
        lesson = self.plan()
        start, first = lesson.debut, self.clock(lesson)
        lesson.debut = start + timedelta(hours=3)
        second = self.clock(lesson)
        self.assertEqual(set(r.state for r in first.values()), {"cancelled"})
        self.assertEqual(second["open"].due_at, start + timedelta(hours=3, minutes=-5))
        lesson.debut = start
        self.assertEqual(self.clock(lesson), first, "the cancelled rows live again")
        lesson.annulee = True
        self.assertEqual(self.clock(lesson), {})
        lesson.annulee = False
        self.assertEqual(self.clock(lesson), first)
        lesson.unlink()
        self.assertEqual(set(r.state for r in first.values()), {"cancelled"})

    def test_lesson__prolonged_keeps_its_keys(self):
        lesson = self.plan()
        first = self.clock(lesson)
        lesson.heures = 2
        self.assertEqual(self.clock(lesson), first)
        self.assertEqual(first["close"].due_at, lesson.debut + timedelta(hours=2))

    def test_lesson__reminded_then_moved_is_corrected(self):
        lesson = self.plan()
        self.mark(self.clock(lesson)["remind"], "done")
        lesson.debut += timedelta(hours=1)
        self.assertIn("Moved: <b>Optique</b>", self.texts(self.chat)[-1])
        self.mark(self.clock(lesson)["remind"], "done")
        lesson.annulee = True
        self.assertIn("Cancelled: <b>Optique</b>", self.texts(self.chat)[-1])

    def test_lesson__cancelled_while_open_is_closed(self):
        lesson = self.plan()
        clock = self.clock(lesson)
        self.mark(clock["open"], "done")
        lesson.annulee = True
        self.assertEqual(clock["close"].state, "pending")
        self.assertLessEqual(clock["close"].due_at, fields.Datetime.now())

    def test_lesson__horizon(self):
        lesson = self.plan(fields.Datetime.now() + timedelta(days=8))
        self.assertEqual(self.clock(lesson), {})
        past = self.plan(fields.Datetime.now() - timedelta(hours=5))
        self.assertEqual(self.clock(past), {})

    def test_lesson__lead_times_of_the_course(self):
        lesson = self.plan()
        self.course.write({"telegram_reminder_minutes": 0, "telegram_open_minutes": 1})
        clock = self.clock(lesson)
        self.assertEqual(set(clock), {"open", "close"})
        self.assertEqual(clock["open"].due_at, lesson.debut - timedelta(minutes=1))

    def test_lesson__unchanged_is_not_written_again(self):
        lesson = self.plan()
        written = {part: row.write_date for part, row in self.clock(lesson).items()}
        self.env.cr.execute("UPDATE telegram_outbox SET write_date = write_date - interval '1 day'")
        self.outbox.invalidate_cache()
        self.env["telegram.lesson.mixin"]._cron_telegram_lessons()
        for part, row in self.clock(lesson).items():
            self.assertLess(row.write_date, written[part])

    def test_lesson__call_to_sheet_and_report(self):
        self.enrol(self.users[1])
        self.enrol(self.users[2])
        self.link(self.chloe)
        amina, bilal = self.link(self.amina), self.link(self.bilal)
        start = fields.Datetime.now().replace(second=0) - timedelta(hours=1)
        lesson = self.plan(start)
        stop = start + timedelta(hours=1)
        # since when they belong: as if they had been enrolled before the lesson
        self.env.cr.execute("UPDATE telegram_roster SET since = since - interval '1 day'")
        self.env["telegram.roster"].invalidate_cache()
        minute = timedelta(minutes=1)
        self.tell_call(
            self.chat,
            start - 5 * minute,
            stop,
            [
                (amina, "joined", start - 2 * minute),
                (amina, "left", start + 20 * minute),
                (amina, "joined", start + 20 * minute + timedelta(seconds=30)),
                (amina, "left", stop),
                (bilal, "joined", start + 12 * minute),
                (bilal, "left", stop),
            ],
            open_key=lesson._telegram_key("open"),
            close_key=lesson._telegram_key("close"),
        )
        self.ring()
        sheet = {line.user_id: line for line in lesson.pointage_ids}
        self.assertEqual(
            {user.name: line.resultat for user, line in sheet.items()},
            {
                "Amina": "present",
                "Bilal <b>": "late",
                "Chloé": "absent",
                "Driss": "absent",
            },
        )
        self.assertEqual(sheet[self.users[0]].entree, start - 2 * minute)
        self.assertEqual(sheet[self.users[0]].minutes, 60)
        self.assertEqual(sheet[self.users[1]].minutes, 48)
        self.assertEqual(lesson.telegram_sheet_state, "final")
        (report,) = self.commands(self.chat, key=lesson._telegram_key("report"))
        text = report._payload()["text"]
        self.assertIn("Students: 3", text)
        self.assertIn("Present: 1", text)
        self.assertIn("Absent: 1", text)
        self.assertNotIn("Chloé", text)
        lesson._telegram_finish()
        self.assertEqual(len(self.commands(self.chat, key=report.key)), 1)

    def test_lesson__closed_without_a_fact(self):
        start = fields.Datetime.now() - timedelta(hours=3)
        lesson = self.plan(fields.Datetime.now() + timedelta(hours=1))
        close = self.clock(lesson)["close"]
        self.env.cr.execute("UPDATE fs_seance SET debut = %s WHERE id = %s", [start, lesson.id])
        lesson.invalidate_cache()
        key = lesson._telegram_key("close")
        self.env.cr.execute("UPDATE telegram_outbox SET key = %s WHERE id = %s", [key, close.id])
        self.outbox.invalidate_cache()
        lesson._telegram_look()
        self.assertEqual(lesson.telegram_sheet_state, "none", "the gateway has not closed it yet")
        self.mark(close, "failed")
        lesson._telegram_look()
        self.assertEqual(lesson.telegram_sheet_state, "final")

import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests.common import tagged

from odoo.addons.telegram_school.services.attendance.guests import LessonGuests
from odoo.addons.telegram_school.services.attendance.sheet import LessonSheet
from odoo.addons.telegram_school.services.calls.clock import LessonClock
from odoo.addons.telegram_school.services.messages.group_texts import GroupTexts

from .common import ForeignSchoolCase


@tagged("post_install", "-at_install")
class TestForeignSchool(ForeignSchoolCase):
    """A school with models of its own gets the same through its adapter alone."""

    # -- what was there before ------------------------------------------------------------------

    def test_install__what_was_there_is_not_switched_on(self):
        self.env.cr.execute("INSERT INTO fs_course (intitule) VALUES ('Latin') RETURNING id")
        course = self.env["fs.course"].browse(self.env.cr.fetchone()[0])
        self.assertFalse(course.telegram_enabled)
        self.env["telegram.classroom.mixin"]._cron_telegram_rosters()
        self.assertFalse(course.telegram_enabled or course.telegram_chat_id)

    def test_first_page__lists_what_has_no_group(self):
        course = self.env["fs.course"].create({"intitule": "Latin", "telegram_enabled": False})
        onboarding = self.env["telegram.onboarding"]
        values = ["fs.course,%s" % course.id]
        steps = onboarding.with_context(telegram_ticked=values)._steps()
        step = next(one for one in steps if "classes" in one)
        [choice] = [one for one in step["classes"] if one["value"] == values[0]]
        self.assertEqual((choice["name"], choice["is_ticked"]), ("Latin", True))
        onboarding._switch_on(values)
        self.assertEqual(course.telegram_chat_id.name, "Latin")

    # -- E: from an enrolment to roster and outbox ----------------------------------------------

    def test_course__has_group(self):
        self.assertEqual(self.chat.name, "Physique")
        self.assertEqual(self.chat._owner(), self.course)
        self.assertEqual(self.chat.join_policy, "ask")
        self.assertEqual(
            self.roster(self.chat),
            {
                self.amina.id: ("student", "in"),
                self.driss.id: ("teacher", "in"),
            },
        )
        self.assertTrue(self.commands(self.chat, kind="reconcile"))
        self.assertEqual(self.texts(self.chat), [], "no news before there is a group")

    def test_people__who_is_in_why_and_what_to_do(self):
        account = self.link(self.bilal)
        self.env.cr.execute(
            "INSERT INTO telegram_member (chat_id, partner_id, tg_user_id, state, seen_status)"
            " VALUES (%s, %s, NULL, 'waiting_link', NULL), (%s, %s, %s, 'guest', 'in')",
            [self.chat.id, self.amina.id, self.chat.id, self.bilal.id, account],
        )
        chat = self.chat.with_context(lang="en_US")
        guest, waiting = chat.member_ids._in_order()
        self.assertEqual((guest.partner_id, waiting.partner_id), (self.bilal, self.amina))
        self.assertIn("Print their link", waiting.advice)
        self.assertIn("Enrol them", guest.advice)
        self.assertEqual((chat.waiting_count, chat.decide_count), (1, 1))
        self.assertEqual(chat.unseen_names, "Driss")
        guest.action_enrol()
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "in"))

    def test_enrolment__reaches_roster_and_group(self):
        before = len(self.commands(self.chat, kind="reconcile"))
        self.enrol(self.personnes[1])
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "in"))
        self.assertEqual(len(self.commands(self.chat, kind="reconcile")), before + 1)
        (text,) = self.texts(self.chat)
        self.assertIn("Enrolled: ", text)
        self.assertIn("Bilal &lt;b&gt;", text)

    def test_enrolments__in_bulk_are_one_message(self):
        self.course.write(
            {"inscription_ids": [(0, 0, {"personne_id": one.id}) for one in self.personnes[1:3]]}
        )
        (text,) = self.texts(self.chat)
        self.assertIn("Bilal", text)
        self.assertIn("Chloé", text)

    def test_enrolments__one_by_one_are_one_message(self):
        for personne in self.personnes[1:3]:
            self.enrol(personne)
        (text,) = self.texts(self.chat)
        self.assertIn("Bilal", text)
        self.assertIn("Chloé", text)

    def test_enrolment__ended_blocked_deleted(self):
        bilal, chloe = self.enrol(self.personnes[1]), self.enrol(self.personnes[2])
        self.send(self.chat)
        bilal.etat = "annulee"
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "out"))
        bilal.etat = "exclu"
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "banned"))
        chloe.unlink()
        self.assertEqual(self.roster(self.chat)[self.chloe.id], ("student", "out"))
        self.assertIn("No longer enrolled", self.texts(self.chat)[-1])

    def test_user_or_person__archived(self):
        self.enrol(self.personnes[1])
        self.personnes[1].active = False
        self.assertFalse(self.bilal.active)
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "in"), "not an hour")
        self.bilal.telegram_archived_at -= timedelta(hours=1, minutes=1)
        self.env["res.partner"]._cron_telegram_archived()
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "out"))
        self.personnes[1].active = True
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "in"))

    def test_people__merged_are_one_and_nobody_comes_or_goes(self):
        self.enrol(self.personnes[1])
        twin = self.env["res.partner"].create({"name": "Bilal"})
        tg_user_id = self.link(twin)
        self.send(self.chat)
        before = self.texts(self.chat)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((twin | self.bilal).ids, self.bilal)
        self.assertEqual(self.bilal._telegram_contacts().tg_user_id, tg_user_id)
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "in"))
        self.assertEqual(self.texts(self.chat), before)

    def test_enrolment__moved_to_another_course(self):
        other = self.env["fs.course"].create({"intitule": "Chimie"})
        self.enrol(self.personnes[1]).course_id = other
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "out"))
        self.assertEqual(self.roster(other.telegram_chat_id), {self.bilal.id: ("student", "in")})

    def test_course__renamed_and_deleted(self):
        self.course.intitule = "  Physique   " + "x" * 200
        self.assertEqual(len(self.chat.name), 128)
        self.assertTrue(self.chat.name.endswith("…"))
        self.enrol(self.personnes[1])
        self.course.unlink()
        self.assertTrue(self.chat.exists())
        self.assertFalse(self.chat.active)
        self.assertTrue(self.chat.is_orphan)
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "in"))
        self.personnes[1].active = False
        self.bilal.telegram_archived_at -= timedelta(hours=1, minutes=1)
        self.env["res.partner"]._cron_telegram_archived()
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "out"))

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
        self.chat.join_policy = "enrol"
        self.tell("member_joined", self.chat, tg_user_id=self.link(self.bilal), via="link")
        self.ring()
        self.assertIn(self.personnes[1], self.course.inscription_ids.mapped("personne_id"))
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "in"))

    def test_joined__asked_about(self):
        self.tell("member_joined", self.chat, tg_user_id=self.link(self.bilal), via="link")
        self.ring()
        self.assertNotIn(self.personnes[1], self.course.inscription_ids.mapped("personne_id"))
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "undecided"))
        self.enrol(self.personnes[2])
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "undecided"))
        self.enrol(self.personnes[1])
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
        self.enrol(self.personnes[1]).etat = "exclu"
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
        self.tell("member_left", self.chat, tg_user_id=self.link(self.driss))
        self.ring()
        self.assertEqual(self.course.professeur_id, self.teacher)

    def test_left__our_own_doing_changes_nothing(self):
        self.enrol(self.personnes[1]).etat = "annulee"
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
        # it names the opening
        self.assertEqual(clock["remind"].expires_at, start - timedelta(minutes=5))
        self.assertEqual(clock["open"].due_at, start - timedelta(minutes=5))
        self.assertEqual(clock["open"].expires_at, start + timedelta(hours=1))
        self.assertEqual(clock["close"].due_at, start + timedelta(hours=1))
        self.assertEqual(clock["close"]._payload()["open_key"], clock["open"].key)
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

    def test_lesson__prolonged_keeps_its_opening(self):
        lesson = self.plan()
        first = self.clock(lesson)
        lesson.heures = 2
        second = self.clock(lesson)
        for part in ("remind", "open"):
            self.assertEqual(second[part], first[part])
        self.assertEqual(first["close"].state, "cancelled")
        self.assertEqual(second["close"].due_at, lesson.debut + timedelta(hours=2))
        lesson.heures = 1
        self.assertEqual(self.clock(lesson), first)

    def test_lesson__has_the_options_and_the_log_of_its_clock(self):
        self.assertEqual(
            (self.course.telegram_grace_minutes, self.course.telegram_record), (5, "none")
        )
        self.course.write({"telegram_announce": True, "telegram_record": "audio"})
        lesson = self.plan(fields.Datetime.now() + timedelta(hours=5), heures=1)
        clock = self.clock(lesson)
        self.assertEqual(set(clock), {"remind", "announce", "open", "close"})
        self.assertEqual(clock["open"]._payload()["record"], "audio")
        log = self.page(lesson.with_context(lang="en_US")).log
        self.assertIn("Opening of the call: planned", log)
        self.assertIn("Africa/Algiers", log)
        self.assertFalse(self.page(lesson).recording)

    def test_lesson__back_to_back_is_not_come_to_before_the_first_is_over(self):
        start = fields.Datetime.now().replace(second=0)
        self.plan(start - timedelta(hours=2), heures=1)
        second = self.plan(start - timedelta(hours=1), heures=1)
        before = LessonSheet(second).stop_before(second.debut - timedelta(minutes=15))
        self.assertEqual(before, second.debut)
        self.plan(second.debut - timedelta(hours=3), heures=0.5)
        self.assertEqual(
            LessonSheet(second).stop_before(second.debut - timedelta(minutes=15)), second.debut
        )

    def running(self):
        """A lesson that began half an hour ago, whose call is open."""
        lesson = self.plan(fields.Datetime.now() - timedelta(minutes=30), heures=1)
        clock = self.clock(lesson)
        self.mark(clock["open"], "done")
        return lesson, clock

    def test_lesson__ended_by_hand_is_closed_now(self):
        lesson, clock = self.running()
        lesson.heures = 0.5
        self.assertEqual(clock["close"].state, "cancelled")
        close = self.clock(lesson)["close"]
        self.assertLessEqual(close.due_at, fields.Datetime.now())
        self.assertEqual(close._payload(), {"open_key": clock["open"].key, "grace_s": 0})

    def test_lesson__prolonged_after_its_close_is_opened_and_closed_again(self):
        lesson, clock = self.running()
        self.mark(clock["close"], "done")
        self.env["telegram.lesson"]._of(lesson)._set(lesson, sheet_state="final")
        lesson.heures = 1.25
        again = self.clock(lesson)
        self.assertEqual(set(again), {"open", "close"})
        self.assertNotIn(again["open"], list(clock.values()))
        self.assertEqual(again["close"].due_at, lesson._telegram_stop())
        self.assertEqual(again["close"]._payload()["open_key"], again["open"].key)
        self.assertEqual(lesson.telegram_sheet_state, "live", "the report was not the last word")
        self.mark(again["open"], "done")
        # once more while it runs: the same opening, another end
        lesson.heures = 1.5
        last = self.clock(lesson)
        self.assertEqual(set(last), {"close"})
        self.assertEqual(last["close"]._payload()["open_key"], again["open"].key)
        self.assertEqual(again["close"].state, "cancelled")

    def test_lesson__prolonged_while_it_is_being_closed(self):
        lesson, clock = self.running()
        self.mark(clock["close"], "working")
        lesson.heures = 1.25
        self.assertEqual(set(self.clock(lesson)), {"open", "close"})

    def test_lesson__deleted_after_its_reminder_is_said_to_be_cancelled(self):
        lesson = self.plan()
        self.mark(self.clock(lesson)["remind"], "done")
        other = self.plan(fields.Datetime.now() + timedelta(hours=5))
        (lesson | other).unlink()
        said = [text for text in self.texts(self.chat) if "Cancelled" in text]
        self.assertEqual(len(said), 1)

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

    def test_lesson__our_row_says_its_name_and_times(self):
        lesson = self.plan(fields.Datetime.now() + timedelta(days=90))
        row = lesson.telegram_row_id
        self.assertEqual(
            (row.name, row.start, row.stop, row.is_planned, row.chat_id),
            (lesson.sujet, lesson.debut, lesson._telegram_stop(), True, self.chat),
        )
        lesson.write({"sujet": "Optique", "annulee": True})
        self.assertEqual((row.name, row.is_planned), ("Optique", False))
        lesson.sujet = False
        self.assertEqual(row.name, "Physique")

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

    def test_sheet__who_came_or_left_in_the_lesson_a_guest_and_later_changes(self):
        """The roster's history is enough: this school keeps no history of its enrolments."""
        account = self.link(self.amina)
        start = fields.Datetime.now().replace(second=0) - timedelta(hours=1)
        minute = timedelta(minutes=1)
        lesson = self.plan(start)
        self.enrol(self.personnes[1]), self.enrol(self.personnes[2]).write({"etat": "annulee"})
        for partner, first, last in (
            (self.amina, -600, None),
            (self.bilal, 20, None),
            (self.chloe, -600, 40),
            (self.driss, -600, None),
        ):
            self.env.cr.execute(
                "UPDATE telegram_roster SET since = %s, in_since = %s, in_until = %s"
                " WHERE chat_id = %s AND partner_id = %s",
                [
                    start + (first if last is None else last) * minute,
                    start + first * minute,
                    last and start + last * minute,
                    *(self.chat.id, partner.id),
                ],
            )
        self.env["telegram.roster"].invalidate_cache()
        stranger, gone = 424242, self.link(self.chloe)
        self.tell_call(
            self.chat,
            start - 5 * minute,
            start + 60 * minute,
            [
                *((account, "joined", start), (stranger, "joined", start + 20 * minute)),
                *((gone, "joined", start), (gone, "left", start + 40 * minute)),
            ],
            open_key=LessonClock(lesson).key("open"),
            close_key=LessonClock(lesson).key("close"),
        )
        self.ring()

        def sheet():
            return {line.personne_id.nom: line.resultat for line in lesson.pointage_ids}

        unsure = {"Amina": "present", "Bilal <b>": "unknown", "Chloé": "present"}
        self.assertEqual(sheet(), dict(unsure, Driss="unknown"))
        self.assertEqual(
            LessonGuests(lesson).stays(),
            {stranger: (start + 20 * minute, start + 60 * minute, 2400.0)},
        )
        self.env["telegram.contact"]._confirm(self.bilal, stranger)
        self.env["telegram.lesson.mixin"]._cron_telegram_lessons()
        self.assertEqual(sheet(), dict(unsure, **{"Bilal <b>": "present", "Driss": "absent"}))
        self.assertEqual(LessonGuests(lesson).stays(), {})

    def test_sheet__as_a_channel_nobody_is_absent_until_somebody_says_who(self):
        self.link(self.amina), self.link(self.driss)
        self.env.cr.execute("UPDATE telegram_roster SET since = since - interval '1 day'")
        self.env["telegram.roster"].invalidate_cache()
        start = fields.Datetime.now().replace(second=0) - timedelta(hours=1)
        lesson = self.plan(start)
        self.tell_call(
            self.chat,
            start,
            start + timedelta(hours=1),
            [(-55, "joined", start)],
            open_key=LessonClock(lesson).key("open"),
            close_key=LessonClock(lesson).key("close"),
            titles={55: "A blog"},
        )
        self.ring()

        def sheet():
            return {line.personne_id.nom: line.resultat for line in lesson.pointage_ids}

        self.assertEqual(sheet(), {"Amina": "unknown", "Driss": "unknown"})
        self.assertIn("1 took part as a channel", self.texts(self.chat)[-1])
        spoken = lesson.with_context(lang="en_US")
        [question] = json.loads(self.page(spoken).channels)["questions"]
        self.assertEqual(question["name"], "A blog")
        self.assertEqual(
            [one["name"] for one in question["choices"]], ["Amina", "Driss", "Somebody else"]
        )
        self.page(lesson).action_channel(55, self.amina.id)
        self.assertEqual(sheet(), {"Amina": "present", "Driss": "absent"})

    def test_roster__keeps_since_when_and_until_when(self):
        def row():
            rows = self.env["telegram.roster"].sudo()
            return rows.search([("chat_id", "=", self.chat.id), ("partner_id", "=", self.bilal.id)])

        inscription = self.enrol(self.personnes[1])
        self.assertTrue(row().in_since)
        self.assertFalse(row().in_until)
        since = row().in_since
        inscription.etat = "annulee"
        until = row().in_until
        self.assertEqual((row().in_since, bool(until)), (since, True))
        inscription.etat = "exclu"
        self.assertEqual((row().in_since, row().in_until), (since, until))
        inscription.etat = "valide"
        self.assertTrue(row().in_since >= since)
        self.assertFalse(row().in_until)
        inscription.unlink()
        self.assertTrue(row().in_until)

    def test_lesson__call_to_sheet_and_report(self):
        self.enrol(self.personnes[1])
        self.enrol(self.personnes[2])
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
            open_key=LessonClock(lesson).key("open"),
            close_key=LessonClock(lesson).key("close"),
        )
        self.ring()
        sheet = {line.personne_id: line for line in lesson.pointage_ids}
        self.assertEqual(
            {person.nom: line.resultat for person, line in sheet.items()},
            {
                "Amina": "present",
                "Bilal <b>": "late",
                "Chloé": "absent",
                "Driss": "absent",
            },
        )
        self.assertEqual(sheet[self.personnes[0]].entree, start - 2 * minute)
        self.assertEqual(sheet[self.personnes[0]].minutes, 60)
        self.assertEqual(sheet[self.personnes[1]].minutes, 48)
        self.assertEqual(lesson.telegram_sheet_state, "final")
        (report,) = self.commands(self.chat, key=LessonClock(lesson).key("report"))
        text = report._payload()["text"]
        self.assertIn("Students: 3", text)
        self.assertIn("Present: 1", text)
        self.assertIn("Absent: 1", text)
        self.assertNotIn("Chloé", text)
        LessonSheet(lesson).finish()
        self.assertEqual(len(self.commands(self.chat, key=report.key)), 1)

    def test_lesson__has_the_same_picture(self):
        self.enrol(self.personnes[1])
        amina = self.link(self.amina)
        start = fields.Datetime.now() - timedelta(hours=3)
        self.env.cr.execute("UPDATE telegram_roster SET since = since - interval '1 day'")
        self.env["telegram.roster"].invalidate_cache()
        seance = self.env["fs.seance"].create(
            {"course_id": self.course.id, "sujet": "Optique", "debut": start, "heures": 1}
        )
        self.tell_call(
            self.chat,
            start,
            start + timedelta(hours=1),
            [(amina, "joined", start + timedelta(minutes=20))],
        )
        self.ring()
        LessonSheet(seance).finish()
        svg = self.page(seance.with_context(lang="en_US")).timeline
        for word in ("Amina", "Bilal &lt;b&gt;", "Late", "Absent", "not-observed"):
            self.assertIn(word, svg)
        # the hours of Algiers
        hour = GroupTexts(self.course).local(start + timedelta(minutes=20)).strftime("%H:%M")
        self.assertIn("Amina: Late, from %s to" % hour, svg)

    def test_lesson__closed_without_a_fact(self):
        start = fields.Datetime.now() - timedelta(hours=3)
        lesson = self.plan(fields.Datetime.now() + timedelta(hours=1))
        close = self.clock(lesson)["close"]
        self.env.cr.execute("UPDATE fs_seance SET debut = %s WHERE id = %s", [start, lesson.id])
        lesson.invalidate_cache()
        key = LessonClock(lesson).key("close")
        self.env.cr.execute("UPDATE telegram_outbox SET key = %s WHERE id = %s", [key, close.id])
        self.outbox.invalidate_cache()
        LessonClock(lesson).look_at_end()
        self.assertEqual(lesson.telegram_sheet_state, "none", "the gateway has not closed it yet")
        self.mark(close, "failed")
        LessonClock(lesson).look_at_end()
        self.assertEqual(lesson.telegram_sheet_state, "final")

    # -- personal data ----------------------------------------------------------------------------

    def test_erasure__waits_while_records_of_others_need_the_person(self):
        data, facture = self.env["telegram.personal.data"], self.env["fs.facture"]
        client = self.env["res.partner"].create({"name": "Zoé Client", "email": "zoe@example.com"})
        home = self.env["res.partner"].create(
            {"name": "Chez Zoé", "type": "invoice", "parent_id": client.id}
        )
        unpaid = facture.create({"numero": "FAC-7", "client_id": client.id})
        for values in ({}, {"client_id": self.bilal.id, "adresse_id": client.id}):
            unpaid.write(values)
            with self.assertRaisesRegex(UserError, r"Facture \(1\): FAC-7"):
                data._personal_erase(client)
        unpaid.adresse_id = home  # an address of the person goes with them
        with self.assertRaisesRegex(UserError, "FAC-7"):
            data._personal_erase(client)
        self.assertEqual((client.name, client.email), ("Zoé Client", "zoe@example.com"))
        unpaid.write({"adresse_id": False, "numero": "FAC-7 de Zoé Client"})
        wizard = self.env["telegram.erasure.wizard"]
        wizard = wizard.browse(wizard._open(client)["res_id"])
        self.assertFalse(wizard.obstacles)
        self.assertIn(("Facture", 1), [(line.title, line.count) for line in wizard.line_ids])
        wizard.is_sure = True
        wizard.action_erase()
        self.assertIn("Facture (1)", wizard.outcome)
        self.assertEqual(unpaid.client_id, self.bilal)
        self.assertNotIn("Zoé", client.with_context(active_test=False).name)

    def test_personal_data__what_the_adapter_declares_is_shown_and_erased(self):
        data = self.env["telegram.personal.data"]
        user = self.personnes[0]
        inscription = self.course.inscription_ids
        inscription.motif = "déménage"
        seance = self.env["fs.seance"].create(
            {"course_id": self.course.id, "debut": "2026-01-05 08:00:00"}
        )
        pointage = self.env["fs.pointage"].create(
            {
                "seance_id": seance.id,
                "personne_id": user.id,
                "resultat": "present",
                "minutes": 40,
                "entree": "2026-01-05 08:05:00",
            }
        )
        user.active = False
        with self.assertRaisesRegex(UserError, "Physique"):
            data._personal_erase(self.amina)
        inscription.etat = "annulee"
        preview = data._personal_preview(data._personal_person(self.amina))
        counts = {line["title"]: line["count"] for line in preview}
        self.assertEqual((counts["Inscriptions"], counts["Pointages"]), (1, 1))
        data._personal_erase(self.amina)
        self.env["base"].invalidate_cache()
        self.assertEqual((pointage.minutes, pointage.resultat), (40, "present"))
        self.assertFalse(pointage.entree or inscription.motif)
        self.assertNotIn("Amina", pointage.personne_id.nom)
        self.env["telegram.classroom.mixin"]._cron_telegram_rosters()
        self.assertNotIn(self.amina.id, self.roster(self.chat))

from datetime import timedelta
from xml.etree import ElementTree

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from odoo.addons.telegram_school.services.attendance.sheet import LessonSheet
from odoo.addons.telegram_school.services.attendance.timeline import Timeline

from .common import ClassroomCase

SVG = "{http://www.w3.org/2000/svg}"


@tagged("post_install", "-at_install")
class TestTimeline(ClassroomCase):
    """The picture on the lesson's form."""

    def lesson(self, since_min, length_min=60):
        start = fields.Datetime.now().replace(second=0) - timedelta(minutes=since_min)
        self.env.cr.execute("UPDATE telegram_roster SET since = since - interval '1 day'")
        self.env["telegram.roster"].invalidate_cache()
        values = {"classroom_id": self.classroom.id, "name": "Fractions", "start": start}
        return self.env["small_school.lesson"].create(
            dict(values, stop=start + timedelta(minutes=length_min))
        )

    def come(self, lesson, *visits):
        """Report visits: (Telegram id, "joined" | "left", minutes after the start)."""
        self.tell("call_opened", self.chat, lesson.start, open_key=None, tg_call_id=77)
        for who, what, minutes in visits:
            self.tell(
                "participant_" + what,
                self.chat,
                lesson.start + timedelta(minutes=minutes),
                tg_user_id=who,
                precision_s=0,
                source="update",
                peer_kind="user",
                tg_call_id=77,
            )
        self.ring()

    def stamp(self, svg):
        return ElementTree.fromstring(svg).get("data-live")

    def words(self, lesson, lang="en_US"):
        root = ElementTree.fromstring(self.page(lesson.with_context(lang=lang)).timeline)
        return root, [one.text for one in root.iter(SVG + "text")]

    def test_running_lesson__is_drawn_and_asked_for_again(self):
        self.amina.name = "أمينة الزروقي"
        amina = self.link(self.amina)
        lesson = self.lesson(20)
        self.come(lesson, (amina, "joined", 2))
        root, words = self.words(lesson)
        self.assertTrue(root.get("data-live"))
        self.assertIn("أمينة الزروقي", words)
        self.assertIn("now", words)
        self.assertNotIn("Mme Roux", words)  # one bar per student
        _root, words = self.words(lesson, "fr_FR")
        self.assertIn("maintenant", words)

    def test_live__the_sheet_follows_while_somebody_looks(self):
        amina = self.link(self.amina)
        lesson = self.lesson(20)
        self.come(lesson, (amina, "joined", 2))
        self.assertFalse(lesson.line_ids)
        first = self.page(lesson).action_live()
        line = lesson.line_ids.filtered(lambda one: one.partner_id == self.amina)
        self.assertEqual(line.status, "present")
        again = self.page(lesson).action_live()
        self.assertEqual(self.stamp(again), self.stamp(first), "nothing new was seen")
        self.tell(
            "participant_left",
            self.chat,
            lesson.start + timedelta(minutes=8),
            tg_user_id=amina,
            precision_s=0,
            source="update",
            peer_kind="user",
            tg_call_id=77,
        )
        self.ring()
        self.env.cr.execute(
            "UPDATE telegram_attendance SET write_date = write_date - interval '2 minutes'"
        )
        lesson.line_ids.invalidate_cache()
        before = self.stamp(Timeline(lesson).draw())
        self.assertNotEqual(self.stamp(self.page(lesson).action_live()), before)
        self.assertEqual(line.departed_at, lesson.start + timedelta(minutes=8))

    def hints(self, lesson):
        channel = '"telegram_lesson:%d"' % self.page(lesson).id
        return self.env["bus.bus"].search([("channel", "=", channel)])

    def test_live__who_looks_is_told_by_the_bus_that_there_is_something_new(self):
        amina = self.link(self.amina)
        lesson, other = self.lesson(-5), self.lesson(-5)
        other.classroom_id = self.classroom.copy({"name": "Another"})
        self.come(lesson)
        self.assertEqual(len(self.hints(lesson)), 1)  # the call runs
        self.come(lesson, (amina, "joined", -4), (amina, "left", -3))
        # the call again, and one for all that came together
        self.assertEqual(len(self.hints(lesson)), 3)
        self.assertEqual(set(self.hints(lesson).mapped("message")), {str(self.page(lesson).id)})
        self.assertFalse(self.hints(other))
        lesson.start -= timedelta(minutes=20)
        before = self.hints(lesson)
        LessonSheet(lesson).refresh()
        self.assertEqual(len(self.hints(lesson) - before), 1)

    def test_sheet_of_long_ago__nobody_is_told(self):
        lesson = self.lesson(60 * 24 * 3)
        lesson._telegram_write_sheet([], True)
        self.assertFalse(self.hints(lesson))

    def test_correction__is_what_the_picture_says(self):
        lesson = self.lesson(200)
        self.come(lesson, (self.link(self.amina), "joined", 0))
        LessonSheet(lesson).finish()
        line = lesson.line_ids.filtered(lambda one: one.partner_id == self.bilal)
        self.assertEqual(line.status, "absent")
        line.write({"status": "present", "correction_reason": "her brother's telephone"})
        _root, words = self.words(lesson)
        self.assertEqual(words.count("Present"), 2)
        self.assertNotIn("now", words)

    def test_lesson_to_come_or_cancelled__has_none(self):
        lesson = self.lesson(-120)
        self.assertFalse(self.page(lesson).timeline)
        held = self.lesson(200)
        held.state = "cancelled"
        self.assertFalse(self.page(held).timeline)

    def test_portal__does_not_see_who_else_was_there(self):
        lesson = self.lesson(20)
        portal = self.env["res.users"].with_context(no_reset_password=True)
        user = portal.create(
            {
                "login": "amina-portal",
                "partner_id": self.amina.id,
                "groups_id": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )
        own = lesson.with_user(user)
        self.assertEqual(own.name, "Fractions")
        with self.assertRaises(AccessError):
            self.page(own).read(["timeline"])
        with self.assertRaises(AccessError):
            self.page(own).action_live()

    def test_counts__stand_above_the_sheet(self):
        lesson = self.lesson(200)
        self.come(lesson, (self.link(self.amina), "joined", 0))
        LessonSheet(lesson).finish()
        said = lesson.with_context(lang="en_US").sheet_counts
        self.assertEqual(said, "2 · Present: 1 · Absent: 1")

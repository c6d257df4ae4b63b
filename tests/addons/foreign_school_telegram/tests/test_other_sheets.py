"""Sheets that are kept otherwise: generated as “present”, with yes or no, through another record;
or not at all."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests.common import tagged

from odoo.addons.telegram_school.services.attendance.sheet import LessonSheet
from odoo.addons.telegram_school.services.attendance.timeline import Timeline
from odoo.addons.telegram_school.services.calls.clock import LessonClock

from .common import ForeignSchoolCase


@tagged("post_install", "-at_install")
class TestOtherSheets(ForeignSchoolCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        values = [{"course_id": cls.course.id, "personne_id": one.id} for one in cls.personnes[1:3]]
        cls.env["fs.inscription"].create(values)
        cls.env.cr.execute("UPDATE telegram_roster SET since = since - interval '1 day'")
        cls.env["telegram.roster"].invalidate_cache()
        cls.start = fields.Datetime.now().replace(second=0) - timedelta(hours=1)
        cls.lesson = cls.env["fs.seance"].create({"course_id": cls.course.id, "debut": cls.start})

    def keep(self, field):
        """The school keeps its sheets in this field of a lesson."""
        adapter = patch.object(type(self.lesson), "_telegram_sheet_field", field)
        adapter.start()
        self.addCleanup(adapter.stop)

    def hold(self):
        """Amina is in the call, and a stranger, who may be Chloé; Bilal and Driss are not."""
        amina = self.link(self.amina)
        self.link(self.bilal), self.link(self.driss)
        clock = LessonClock(self.lesson)
        self.tell_call(
            self.chat,
            self.start,
            self.start + timedelta(hours=1),
            [(amina, "joined", self.start), (424242, "joined", self.start)],
            open_key=clock.key("open"),
            close_key=clock.key("close"),
        )
        self.ring()

    def lines(self):
        lines = self.lesson.mapped("feuille_ids.ligne_ids")
        return {line.personne_id.nom: line.present for line in lines}

    def generate(self):
        """Make the lines as such schools do before the lesson: one for each person, present by
        default."""
        lines = [(0, 0, {"personne_id": one.id}) for one in self.personnes]
        return self.env["fs.feuille"].create({"seance_id": self.lesson.id, "ligne_ids": lines})

    def test_generated__is_no_answer(self):
        self.keep("feuille_ids.ligne_ids")
        self.generate()
        self.hold()
        # nothing is known about Chloé, so nothing is written
        expected = {"Amina": True, "Bilal <b>": False, "Chloé": True, "Driss": False}
        self.assertEqual(self.lines(), expected)

    def test_generated__and_answered_by_a_person_stays(self):
        self.keep("feuille_ids.ligne_ids")
        sheet = self.generate()
        sheet.ligne_ids[1].vu = True
        self.hold()
        expected = {"Amina": True, "Bilal <b>": True, "Chloé": True, "Driss": False}
        self.assertEqual(self.lines(), expected)

    def test_corrected_afterwards__stays(self):
        self.keep("feuille_ids.ligne_ids")
        sheet = self.generate()
        self.hold()
        sheet.ligne_ids[1].present = True
        LessonSheet(self.lesson).refresh()
        self.assertTrue(self.lines()["Bilal <b>"])

    def test_sheet__between_line_and_lesson_is_made(self):
        self.keep("feuille_ids.ligne_ids")
        self.hold()
        self.assertEqual(len(self.lesson.feuille_ids), 1)
        self.assertEqual(set(self.lines()), {"Amina", "Bilal <b>", "Chloé", "Driss"})
        self.assertFalse(self.lines()["Bilal <b>"])
        LessonSheet(self.lesson).refresh()
        self.assertEqual(len(self.lesson.feuille_ids), 1)

    def dump(self):
        """Return all rows of the school's tables with their physical place: PostgreSQL moves a row
        that is written, even with the same values."""
        self.env["base"].flush()
        tables = [model._table for name, model in self.env.items() if name.startswith("fs.")]
        rows_by_table = {}
        for table in tables:
            self.env.cr.execute("SELECT ctid, t.* FROM %s AS t ORDER BY id" % table)
            rows_by_table[table] = self.env.cr.fetchall()
        return rows_by_table

    def test_their_tables__are_written_once_and_only_at_the_end(self):
        amina, sheet = self.link(self.amina), LessonSheet(self.lesson)
        start = fields.Datetime.now().replace(second=0) - timedelta(minutes=40)
        self.lesson.debut = start
        call = {"tg_call_id": 31}
        who = {"tg_user_id": amina, "tg_channel_id": None, "peer_kind": "user"}
        clock, before = LessonClock(self.lesson), self.dump()
        self.tell("call_opened", self.chat, start, open_key=clock.key("open"), **call)
        computed = set()
        for number in range(10):
            what = "participant_left" if number % 2 else "participant_joined"
            at = start + timedelta(minutes=3 * number)
            self.tell(what, self.chat, at, precision_s=0, source="update", **who, **call)
            self.ring()
            sheet.refresh()
            row = self.env["telegram.attendance"].search([("partner_id", "=", self.amina.id)])
            computed.add((row.minutes, row.departed_at))
            self.assertEqual(self.dump(), before)
        self.assertGreater(len(computed), 5)  # our own rows have followed

        self.lesson.heures = 0.5
        stop, before = self.lesson._telegram_stop(), self.dump()
        key = clock.key("close")
        self.tell("call_closed", self.chat, stop, close_key=key, by_us=True, **call)
        self.ring()
        after = self.dump()
        self.assertEqual(len(after.pop("fs_pointage")), 4)
        before.pop("fs_pointage")
        self.assertEqual(after, before)

        before = self.dump()
        for _number in range(10):
            sheet.refresh()
        self.assertEqual(self.dump(), before)

    def test_sheet__none_of_the_schools(self):
        self.keep(False)
        self.hold()
        self.assertFalse(self.lesson.pointage_ids | self.env["fs.pointage"].search([]))
        rows = self.env["telegram.attendance"].search([("partner_id", "=", self.amina.id)])
        self.assertEqual(rows.status, "present")
        before = Timeline(self.lesson).stamp()
        self.assertTrue(before.startswith("4-"))

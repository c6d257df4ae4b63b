import base64
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests.common import tagged

from odoo.addons.small_school.wizards import slices

from .attendance import test_bigbluebutton as bbb
from .common import SchoolCase

HEAD = "Classe;Matricule;Nom\n"
ROWS = "".join("Chimie;C%s;Élève %s\n" % (number, number) for number in range(1, 6))


class SlicesCase(SchoolCase):
    def set(self, where, name, value):
        """Set an attribute for the rest of the test."""
        patched = patch.object(where, name, value)
        patched.start()
        self.addCleanup(patched.stop)


@tagged("post_install", "-at_install")
class TestSlices(SlicesCase):
    """Imports of many rows: a request for each slice, which may be the last one that comes."""

    def setUp(self):
        super().setUp()
        self.set(type(self.env["small_school.import"]), "_slice_rows", 2)

    def wizard(self, text, model="small_school.import", **context):
        content = base64.b64encode(text.encode())
        wizard = self.env[model].with_context(**context).create({"file": content})
        wizard.action_preview()
        return wizard

    def read(self, text, **options):
        """A wizard that has read the whole file."""
        wizard = self.wizard(text, **options)
        while wizard.is_working:
            wizard.action_next()
        wizard.make_classrooms = True
        return wizard

    def students(self):
        enrolments = self.env["small_school.enrolment"].search(
            [("classroom_id.name", "=", "Chimie")]
        )
        return sorted(enrolments.mapped("partner_id.student_number")), len(enrolments)

    def test_reading__goes_on_with_what_earlier_slices_have_read(self):
        wizard = self.wizard(HEAD + ROWS + "Chimie;C1;Élève 1\n")
        self.assertEqual((wizard.state, wizard.is_working), ("upload", True))
        self.assertEqual((wizard.done_count, wizard.total_count), (2, 6))
        wizard.action_next()
        self.assertEqual((wizard.state, wizard.done_count), ("upload", 4))
        wizard.action_next()
        self.assertEqual((wizard.state, wizard.is_working), ("preview", False))
        self.assertEqual(wizard.new_classrooms, "Chimie")
        self.assertEqual(wizard.line_ids.mapped("state"), ["ready"] * 5 + ["refused"])
        self.assertEqual(wizard.line_ids[5].reason, "The number C1 stands in row 2 already.")

    def test_reading__begins_anew_with_another_file(self):
        wizard = self.wizard(HEAD + ROWS)
        wizard.file = base64.b64encode((HEAD + "Chimie;C9;Neuf\n").encode())
        wizard.action_preview()
        self.assertEqual((wizard.state, wizard.line_ids.mapped("number")), ("preview", ["C9"]))

    def test_import__goes_on_where_it_stopped(self):
        wizard = self.read(HEAD + ROWS)
        wizard.action_import()
        self.assertEqual((wizard.done_count, wizard.total_count), (2, 5))
        self.assertEqual(self.students(), (["C1", "C2"], 2))
        # the button again, after the window was left alone
        action = wizard.action_import()
        self.assertEqual((action["res_id"], wizard.done_count), (wizard.id, 4))
        wizard.action_next()
        self.assertEqual((wizard.state, wizard.is_working), ("done", False))
        self.assertEqual(self.students(), (["C1", "C2", "C3", "C4", "C5"], 5))
        wizard.action_next()
        self.assertEqual(self.students()[1], 5)

    def test_import__of_the_same_file_after_the_window_was_closed(self):
        self.read(HEAD + ROWS).action_import()
        again = self.read(HEAD + ROWS)
        self.assertEqual(again.line_ids.mapped("action"), ["update"] * 2 + ["create"] * 3)
        again.action_import()
        while again.is_working:
            again.action_next()
        self.assertEqual(self.students(), (["C1", "C2", "C3", "C4", "C5"], 5))

    def test_questions__wait_and_are_answered_afterwards(self):
        self.env["res.partner"].create({"name": "Quelqu'un", "student_number": "C1"})
        wizard = self.read(HEAD + ROWS)
        wizard.action_import()
        while wizard.is_working:
            wizard.action_next()
        self.assertEqual((wizard.state, self.students()[1]), ("preview", 4))
        wizard.line_ids[0].answer = "same"
        wizard.action_import()
        while wizard.is_working:
            wizard.action_next()
        self.assertEqual((wizard.state, self.students()[1]), ("done", 5))

    def test_timetable__in_slices(self):
        head = "classe;matière;jour;heure;durée\n"
        rows = ["Algèbre 2;Cours %s;lundi;%s:00;45\n" % (hour, hour) for hour in (8, 9, 10)]
        wizard = self.wizard(head + "".join(rows) + rows[0], model="small_school.timetable.import")
        self.assertEqual((wizard.state, wizard.done_count), ("upload", 2))
        wizard.action_next()
        self.assertEqual(wizard.line_ids[3].reason, "The same lesson stands in row 2 already.")
        wizard.action_import()
        patterns = [("classroom_id", "=", self.classroom.id)]
        self.assertEqual(self.env["small_school.pattern"].search_count(patterns), 2)
        wizard.action_next()
        self.assertEqual(wizard.state, "done")
        self.assertEqual(self.env["small_school.pattern"].search_count(patterns), 3)

    def test_slice__ends_after_some_seconds_too(self):
        self.set(slices, "_SLICE_S", -1.0)
        self.assertEqual(self.wizard(HEAD + ROWS).done_count, 1)

    def test_too_much__says_what_to_do_before_anything_is_read(self):
        self.set(slices, "MOST_ROWS", 4)
        with self.assertRaisesRegex(UserError, "at most 4 rows.* 5.*several files"):
            self.wizard(HEAD + ROWS)
        with self.assertRaisesRegex(UserError, "au plus 4 lignes.* 5.*plusieurs fichiers"):
            self.wizard(HEAD + ROWS, lang="fr_FR")
        self.set(slices, "MOST_BYTES", 40)
        for lang, words in (("en_US", "several files"), ("fr_FR", "plusieurs fichiers")):
            with self.assertRaisesRegex(UserError, words):
                self.wizard(HEAD + ROWS, lang=lang)
        self.assertFalse(self.env["small_school.import.line"].search([("name", "like", "Élève %")]))


@tagged("post_install", "-at_install")
class TestSlicesOfAttendance(SlicesCase):
    """Files of BigBlueButton, one after the other."""

    DAYS = ("05/03/2026", "06/03/2026", "07/03/2026")

    def setUp(self):
        super().setUp()
        self.set(type(self.env["small_school.bbb.import"]), "_slice_rows", 1)

    def wizard(self):
        attachments = self.env["ir.attachment"].create(
            [
                {
                    "name": "2026-03-%s.csv" % day[:2],
                    "datas": base64.b64encode(bbb.file(day=day).encode()),
                }
                for day in self.DAYS
            ]
        )
        wizard = self.env["small_school.bbb.import"].create(
            {"classroom_id": self.classroom.id, "attachment_ids": [(6, 0, attachments.ids)]}
        )
        wizard.action_read()
        self.assertEqual((wizard.state, wizard.done_count, wizard.total_count), ("upload", 1, 4))
        while wizard.is_working:
            wizard.action_next()
        self.assertEqual((wizard.state, len(wizard.name_ids)), ("check", 4))
        wizard.invalidate_cache()
        self.assertEqual(
            wizard.name_ids.mapped("is_doubtful"), [True, True, False, False], "to decide first"
        )
        wizard.name_ids.filtered(lambda one: not one._is_decided()).action_nobody()
        return wizard

    def lessons(self):
        domain = [("classroom_id", "=", self.classroom.id), ("is_imported", "=", True)]
        return self.env["small_school.lesson"].search_count(domain)

    def test_files__go_on_where_it_stopped(self):
        wizard = self.wizard()
        wizard.action_import()
        self.assertEqual((wizard.done_count, self.lessons()), (1, 1))
        self.assertTrue(wizard.attachment_ids, "they are needed yet")
        wizard.action_import()
        self.assertEqual((wizard.done_count, self.lessons()), (2, 2))
        wizard.action_next()
        self.assertEqual((wizard.state, self.lessons()), ("done", 3))
        self.assertFalse(wizard.attachment_ids)

    def test_file_that_cannot_be_imported__those_before_it_are_done(self):
        wizard = self.wizard()
        wizard.action_import()
        wizard.file_ids[1].write({"stop": fields.Datetime.now().replace(year=2100)})
        with self.assertRaises(UserError):
            wizard.action_next()
        self.assertEqual((self.lessons(), wizard.is_working), (1, True))
        wizard.file_ids[1].is_taken = False
        wizard.action_next()
        wizard.action_next()
        self.assertEqual((wizard.state, self.lessons()), ("done", 2))

    def test_too_much__says_what_to_do(self):
        self.set(slices, "MOST_ROWS", 4)
        with self.assertRaisesRegex(UserError, "fewer files"):
            self.wizard()

import base64

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from ..common import SchoolCase

HEAD = "classe;matière;jour;heure;durée;enseignant;du;au\n"


@tagged("post_install", "-at_install")
class TestTimetableImport(SchoolCase):
    def preview(self, text, **context):
        wizard = self.env["small_school.timetable.import"].with_context(**context)
        wizard = wizard.create({"file": base64.b64encode(text.encode())})
        wizard.action_preview()
        return wizard

    def take(self, text):
        wizard = self.preview(text)
        wizard.action_import()
        return wizard

    def patterns(self):
        return self.env["small_school.pattern"].search([("classroom_id", "=", self.classroom.id)])

    def test_rows__become_weekly_lessons(self):
        year = fields.Date.today().year + 1
        wizard = self.take(
            HEAD + "Algèbre 2;Équations;lundi+jeudi;10h30;1:30;mme thalès;01/09/%s;30/06/%s\n"
            "Algèbre 2;Géométrie;sam.;8:00;45;;;\n" % (year, year + 1)
        )
        self.assertEqual(wizard.line_ids.mapped("state"), ["done", "done"])
        first, second = self.patterns().sorted("name", reverse=True)
        self.assertEqual(
            (first.name, first.on_monday, first.on_thursday, first.on_friday, first.hour),
            ("Équations", True, True, False, 10.5),
        )
        self.assertEqual((first.duration, first.teacher_id), (1.5, self.teacher))
        self.assertEqual((first.date_from.month, first.date_to.month), (9, 6))
        self.assertEqual((second.on_saturday, second.duration), (True, 0.75))
        self.assertTrue(second.lesson_ids)

    def test_again__updates_and_doubles_nothing(self):
        self.take(HEAD + "Algèbre 2;Équations;lundi;10:00;60;;;\n")
        wizard = self.take(HEAD + "Algèbre 2;Équations;lundi;11:00;60;;;\n")
        self.assertEqual(wizard.line_ids.mapped("action"), ["update"])
        self.assertEqual(self.patterns().hour, 11)

    def test_conflicts__do_not_stop_it(self):
        wizard = self.take(
            HEAD + "Algèbre 2;Équations;lundi;10:00;60;;;\nAlgèbre 2;Géométrie;lundi;10:00;60;;;\n"
        )
        self.assertEqual(wizard.line_ids.mapped("state"), ["done", "done"])
        self.assertTrue(self.patterns()[0].lesson_ids[0].has_conflict)

    def test_bad_rows__say_why(self):
        wizard = self.take(
            HEAD + "Algèbre 2;;lundi;10:00;60;;;\n"
            "Nulle part;X;lundi;10:00;60;;;\n"
            "Algèbre 2;X;lindi;10:00;60;;;\n"
            "Algèbre 2;X;lundi;25:00;60;;;\n"
            "Algèbre 2;X;lundi;10:00;longtemps;;;\n"
            "Algèbre 2;X;lundi;10:00;60;Personne;;\n"
            "Algèbre 2;X;lundi;10:00;60;;bientôt;\n"
            "Algèbre 2;X;lundi;10:00;60;;2030-09-01;2030-06-01\n"
            "Algèbre 2;Y;mardi;10:00;60;;;\n"
            "Algèbre 2;Y;mardi;10:00;60;;;\n"
        )
        self.assertEqual(
            [line.reason or line.state for line in wizard.line_ids],
            [
                "The subject is missing.",
                "There is no classroom “Nulle part”: import its roster first.",
                "“lindi” is not a day of the week.",
                "“25:00” is not a time: write it like 10:30.",
                "“longtemps” is not a duration: write it like 1:30, or in minutes.",
                "“Personne” is not exactly one teacher of the school.",
                "“bientôt” is not a date: write it like 2026-09-01.",
                "The timetable ends before it begins: mend the dates.",
                "done",
                "The same lesson stands in row 10 already.",
            ],
        )
        self.assertEqual(self.patterns().mapped("name"), ["Y"])

    def test_import__is_for_managers(self):
        for group in ("teacher", "supervisor"):
            user = self.user("import-" + group, ["small_school.group_" + group])
            with self.assertRaises(AccessError):
                self.env["small_school.timetable.import"].with_user(user).create({"file": b"eA=="})

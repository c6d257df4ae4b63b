import base64

from odoo.exceptions import UserError, ValidationError
from odoo.tests.common import tagged

from .common import SchoolCase

HEAD = "Classe;Matricule;Nom;Rôle;Téléphone;Langue\n"


@tagged("post_install", "-at_install")
class TestImport(SchoolCase):
    def preview(self, text, encoding="utf-8", lang="en_US"):
        wizard = self.env["classroom.import"].with_context(lang=lang)
        content = base64.b64encode(text.encode(encoding))
        wizard = wizard.create({"file": content, "filename": "roster.csv"})
        wizard.action_preview()
        return wizard

    def take(self, text, **options):
        wizard = self.preview(text, **options)
        wizard.action_import()
        return wizard

    def test_good_rows__become_people_of_the_classroom(self):
        self.take(
            HEAD
            + "Physique 1;X1;Zoë D'Hérouville;élève;06 39 98 00 11;fr\n"
            + "Physique 1;X2;محمد العربي;;+33 6 39 98 00 12;\n"
            + "Physique 1;X3;Sœur Anne;enseignante;0033639980013;\n"
        )
        classroom = self.env["classroom.classroom"].search([("name", "=", "Physique 1")])
        students = classroom.enrolment_ids.mapped("partner_id").sorted("student_number")
        self.assertEqual(students.mapped("name"), ["Zoë D'Hérouville", "محمد العربي"])
        self.assertEqual(students.mapped("mobile"), ["+33639980011", "+33639980012"])
        self.assertEqual(classroom.assignment_ids.role, "teacher")
        self.assertEqual(classroom.assignment_ids.partner_id.mobile, "+33639980013")

    def test_preview__takes_nothing(self):
        self.preview(HEAD + "Physique 1;X1;Zoë;élève;;\n")
        self.assertFalse(self.env["classroom.classroom"].search([("name", "=", "Physique 1")]))

    def test_bad_rows__are_refused_each_with_its_reason(self):
        rows = (
            (";X1;Zoë;élève;;", "The classroom is missing."),
            ("P;;Zoë;élève;;", "The student number is missing."),
            ("P;X1;;élève;;", "The name is missing."),
            ("P;X2;Zoë;roi;;", "“roi” is not a role: write student, teacher or supervisor."),
            ("P;X3;Zoë;élève;06 39;", "06 39 is not a phone number."),
            ("P;X4;Zoë;élève;;", False),
            ("P;X4;Yaël;élève;;", "The number X4 stands in row 7 already."),
        )
        wizard = self.take(HEAD + "\n".join(row for row, _ in rows))
        self.assertEqual(wizard.line_ids.mapped("reason"), [reason for _, reason in rows])
        self.assertEqual([wizard.good_count, wizard.refused_count], [1, 6])
        people = self.env["res.partner"].search([("student_number", "like", "X")])
        self.assertEqual(people.mapped("student_number"), ["X4"])

    def test_reasons__are_in_the_language_of_the_user(self):
        wizard = self.preview(HEAD + "P;X1;;élève;;\n", lang="fr_FR")
        self.assertEqual(wizard.line_ids.reason, "Le nom manque.")

    def test_again__updates_by_the_number_and_doubles_nobody(self):
        self.take(HEAD + "Physique 1;X1;Zoé;élève;;\n")
        wizard = self.take(HEAD + "Physique 1;X1;Zoë Roux;élève;06 39 98 00 14;\n")
        self.assertEqual(wizard.line_ids.mapped("action"), ["update"])
        partner = self.env["res.partner"].search([("student_number", "=", "X1")])
        self.assertEqual((partner.name, partner.mobile), ("Zoë Roux", "+33639980014"))
        self.assertEqual(len(partner.enrolment_ids), 1)

    def test_files__as_spreadsheets_save_them(self):
        for number, (encoding, delimiter) in enumerate(
            (("utf-8", ","), ("utf-8-sig", ";"), ("cp1252", ";"), ("utf-8", "\t"))
        ):
            text = "Classe;Matricule;Nom\nP;F%s;Zoë\n" % number
            wizard = self.preview(text.replace(";", delimiter), encoding=encoding)
            self.assertEqual(wizard.line_ids.mapped("name"), ["Zoë"], encoding)

    def test_file__that_cannot_be_read_says_what_to_do(self):
        for text, words in (
            (" \n", "empty"),
            ("a;b\n1;2\n", "no column for: classroom, name"),
        ):
            with self.assertRaisesRegex(UserError, words):
                self.preview(text)

    def test_number__belongs_to_one_person_only(self):
        self.take(HEAD + "P;X1;Zoë;élève;;\n")
        with self.assertRaises(ValidationError):
            self.env["res.partner"].create({"name": "Autre", "student_number": "X1"})

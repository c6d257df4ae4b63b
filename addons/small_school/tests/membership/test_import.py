import base64

from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests.common import tagged
from odoo.tools import mute_logger

from ..common import SchoolCase

HEAD = "Classe;Matricule;Nom;Rôle;Téléphone;Langue\n"


@tagged("post_install", "-at_install")
class TestImport(SchoolCase):
    def preview(self, text, encoding="utf-8", lang="en_US"):
        wizard = self.env["small_school.import"].with_context(lang=lang)
        content = base64.b64encode(text.encode(encoding))
        wizard = wizard.create({"file": content, "filename": "roster.csv"})
        wizard.action_preview()
        return wizard

    def take(self, text, **options):
        """Preview and import; new classrooms are confirmed, questions are not answered."""
        wizard = self.preview(text, **options)
        wizard.make_classrooms = True
        wizard.action_import()
        return wizard

    def people(self, *numbers):
        """Return names by student number."""
        people = self.env["res.partner"].with_context(active_test=False)
        found = people.search([("student_number", "in", numbers)])
        return {one.student_number: one.name for one in found}

    def test_good_rows__become_people_of_the_classroom(self):
        self.take(
            HEAD
            + "Physique 1;X1;Zoë D'Hérouville;élève;06 39 98 00 11;fr\n"
            + "Physique 1;X2;محمد العربي;;+33 6 39 98 00 12;\n"
            + "Physique 1;X3;Sœur Anne;enseignante;0033639980013;\n"
        )
        classroom = self.env["small_school.classroom"].search([("name", "=", "Physique 1")])
        students = classroom.enrolment_ids.mapped("partner_id").sorted("student_number")
        self.assertEqual(students.mapped("name"), ["Zoë D'Hérouville", "محمد العربي"])
        self.assertEqual(students.mapped("mobile"), ["+33639980011", "+33639980012"])
        self.assertEqual(classroom.assignment_ids.role, "teacher")
        self.assertEqual(classroom.assignment_ids.partner_id.mobile, "+33639980013")

    def test_preview__takes_nothing(self):
        self.preview(HEAD + "Physique 1;X1;Zoë;élève;;\n")
        self.assertFalse(self.env["small_school.classroom"].search([("name", "=", "Physique 1")]))

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
        wizard = self.take(HEAD + "Physique 1;X1;Zoë;élève;06 39 98 00 14;\n")
        self.assertEqual(wizard.line_ids.mapped("action"), ["update"])
        partner = self.env["res.partner"].search([("student_number", "=", "X1")])
        self.assertEqual((partner.name, partner.mobile), ("Zoë", "+33639980014"))
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

    # -- who a row is about ---------------------------------------------------------------------

    def test_address__its_underscore_is_a_letter(self):
        self.take(HEAD.replace("Langue", "Email") + "6e B;U1;Élève Autre;;;annexdoe@ecole.test\n")
        self.take(
            HEAD.replace("Langue", "Email") + "6e B;;Anne Doe;enseignante;;anne_doe@ecole.test\n"
        )
        classroom = self.env["small_school.classroom"].search([("name", "=", "6e B")])
        self.assertEqual(classroom.enrolment_ids.partner_id.email, "annexdoe@ecole.test")
        self.assertEqual(self.people("U1"), {"U1": "Élève Autre"})
        self.assertEqual(classroom.assignment_ids.partner_id.name, "Anne Doe")

    def test_address__case_aside_and_with_the_name(self):
        text = "Classe;Nom;Rôle;Email\n6e C;Prof Un;enseignant;Un@Ecole.Test\n"
        self.take(text)
        wizard = self.take(text.replace("Un@Ecole.Test", "un@ecole.test"))
        self.assertEqual(wizard.line_ids.action, "update")
        classroom = self.env["small_school.classroom"].search([("name", "=", "6e C")])
        self.assertEqual(len(classroom.assignment_ids), 1)

    def test_address__of_the_office_makes_nobody_another_person(self):
        text = (
            "Classe;Nom;Rôle;Email\n6e C;Prof Un;enseignant;secretariat@ecole.test\n"
            "6e C;Prof Deux;enseignant;secretariat@ecole.test\n"
        )
        wizard = self.take(text)
        self.assertEqual(wizard.line_ids.mapped("state"), ["done", "ask"])
        self.assertIn("Prof Un", wizard.line_ids[1].question)
        wizard.line_ids[1].answer = "other"
        wizard.action_import()
        self.assertEqual((wizard.state, wizard.line_ids.mapped("state")), ("done", ["done"] * 2))
        classroom = self.env["small_school.classroom"].search([("name", "=", "6e C")])
        names = classroom.assignment_ids.mapped("partner_id.name")
        self.assertEqual(sorted(names), ["Prof Deux", "Prof Un"])

    def test_address__of_a_company_or_another_school_is_nobody(self):
        people, other = self.env["res.partner"], self.env["res.company"].create({"name": "Autre"})
        company = people.create(
            {"name": "Prof Un", "is_company": True, "email": "bureau@ecole.test"}
        )
        pupil = people.create(
            {"name": "Prof Un", "company_id": other.id, "email": "bureau@ecole.test"}
        )
        self.take("Classe;Nom;Rôle;Email\n6e C;Prof Un;enseignant;bureau@ecole.test\n")
        classroom = self.env["small_school.classroom"].search([("name", "=", "6e C")])
        self.assertNotIn(classroom.assignment_ids.partner_id, company | pupil)

    def test_number__of_another_school_is_somebody_else(self):
        other = self.env["res.company"].create({"name": "Autre"})
        theirs = self.env["res.partner"].create(
            {"name": "Lina", "student_number": "X1", "company_id": other.id}
        )
        self.take(HEAD + "6e A;X1;Omar;;;\n")
        self.assertEqual(theirs.name, "Lina")
        self.assertFalse(theirs.enrolment_ids)

    def test_number__a_placeholder_is_none(self):
        wizard = self.take(
            "Classe;Matricule;Nom\n6e D;-;Élève Un\n7e D;-;Élève Deux\n7e D;n/a;Trois\n"
        )
        self.assertEqual(
            wizard.line_ids.mapped("reason"),
            ["“-” is no student number."] * 2 + ["“n/a” is no student number."],
        )
        self.assertFalse(self.env["res.partner"].search([("name", "=like", "Élève %")]))

    def test_number__given_to_another_child_needs_a_yes(self):
        self.take("Classe;Matricule;Nom\n6e D;D01;Lina Premier\n")
        wizard = self.take("Classe;Matricule;Nom\n6e D;D01;Omar Second\n")
        self.assertEqual((wizard.state, wizard.line_ids.state), ("preview", "ask"))
        self.assertIn("Lina Premier → Omar Second", wizard.line_ids.question)
        self.assertEqual(self.people("D01"), {"D01": "Lina Premier"})
        wizard.line_ids.answer = "other"
        wizard.action_import()
        self.assertEqual(wizard.line_ids.state, "refused")
        self.assertEqual(self.people("D01"), {"D01": "Lina Premier"})

    def test_number__the_same_person_under_a_new_name(self):
        self.take("Classe;Matricule;Nom\n6e D;D01;Lina Premier\n")
        wizard = self.preview("Classe;Matricule;Nom\n6e D;D01;Lina Durand\n")
        wizard.line_ids.answer = "same"
        wizard.action_import()
        self.assertEqual(wizard.line_ids.state, "done")
        self.assertEqual(self.people("D01"), {"D01": "Lina Durand"})

    def test_number__twice_for_different_people_in_different_classes(self):
        wizard = self.take("Classe;Matricule;Nom\n6e D;D01;Lina\n7e D;D01;Omar\n")
        self.assertEqual(
            wizard.line_ids.mapped("reason"),
            [False, "The number D01 stands in row 2 already, for Lina."],
        )

    def test_number__of_one_student_in_two_classes(self):
        wizard = self.take("Classe;Matricule;Nom\n6e D;D01;Lina\nDanse;D01;LINA\n")
        self.assertEqual(wizard.line_ids.mapped("state"), ["done", "done"])
        people = self.env["res.partner"].search([("student_number", "=", "D01")])
        self.assertEqual(len(people.enrolment_ids), 2)

    def test_number__that_lost_its_zeros_is_asked_about(self):
        self.take("Classe;Matricule;Nom\n6e J;00123;Salma Zéro\n")
        wizard = self.take("Classe;Matricule;Nom\n6e J;123;Salma Zéro\n")
        self.assertEqual(wizard.line_ids.state, "ask")
        self.assertIn("00123", wizard.line_ids.question)
        wizard.line_ids.answer = "same"
        wizard.action_import()
        self.assertEqual(self.people("123", "00123"), {"00123": "Salma Zéro"})

    def test_number__that_a_spreadsheet_has_shortened_is_refused(self):
        wizard = self.take(
            "Classe;Matricule;Nom\n6e J;1,23457E+11;Anis Un\n7e J;1,23457E+11;Nora Deux\n"
        )
        self.assertEqual(wizard.line_ids.mapped("state"), ["refused"] * 2)
        self.assertIn("1,23457E+11", wizard.line_ids[0].reason)

    def test_archived__is_taken_back_after_a_yes(self):
        self.take("Classe;Matricule;Nom\n6e D;D01;Lina\n")
        lina = self.env["res.partner"].search([("student_number", "=", "D01")])
        lina.active = False
        wizard = self.take("Classe;Matricule;Nom\n6e D;D01;Lina\n")
        self.assertEqual(wizard.line_ids.state, "ask")
        self.assertFalse(lina.active)
        wizard.line_ids.answer = "same"
        wizard.action_import()
        self.assertTrue(lina.active)

    # -- names, columns, files ------------------------------------------------------------------

    def test_names__in_two_columns(self):
        self.take("Classe;Matricule;Nom\n6e A;A01;Amina Benali\n")
        wizard = self.take(
            "Classe;Matricule;Nom;Prénom;Email\n6e A;A01;BENALI;Amina;amina@ecole.test\n"
            "6e A;A02;BENALI;Karim;karim@ecole.test\n"
        )
        self.assertEqual(wizard.line_ids.mapped("state"), ["done", "done"])
        self.assertEqual(self.people("A01", "A02"), {"A01": "Amina BENALI", "A02": "Karim BENALI"})

    def test_columns__that_are_not_understood_are_named_before(self):
        wizard = self.preview("Classe;Matricule;Nom;Groupe sanguin\n6e A;A01;Amina;O\n")
        self.assertEqual(wizard.unused_columns, "Groupe sanguin")

    def test_classroom__spelled_in_five_ways_is_one(self):
        names = ("École 6e A", "École\u00a06e A", "E\u0301cole 6e A", "école 6e a", "École  6e A")
        wizard = self.preview(
            "Classe;Matricule;Nom\n"
            + "".join("%s;E90%s;Élève\n" % (name, at) for at, name in enumerate(names))
        )
        self.assertEqual(wizard.new_classrooms, "École 6e A")
        with self.assertRaisesRegex(UserError, "École 6e A"):
            wizard.action_import()
        wizard.make_classrooms = True
        wizard.action_import()
        classrooms = self.env["small_school.classroom"].search([("name", "ilike", "cole")])
        self.assertEqual(
            (classrooms.mapped("name"), len(classrooms.enrolment_ids)), (["École 6e A"], 5)
        )

    def test_classroom__of_which_there_are_several_is_refused(self):
        for name in ("6e A", "6e B"):
            self.env["small_school.classroom"].create({"name": name}).name = "6E A"
        wizard = self.preview("Classe;Matricule;Nom\n6e a;A01;Amina\n")
        self.assertIn("2 classrooms are called", wizard.line_ids.reason)

    def test_file__of_the_mac_and_in_utf_16(self):
        text = "Classe;Matricule;Nom\r6e F;F01;Zoë\r6e F;F02;Éva\r"
        for encoding in ("mac_roman", "utf-16"):
            wizard = self.preview(text, encoding=encoding)
            self.assertEqual(wizard.line_ids.mapped("name"), ["Zoë", "Éva"], encoding)

    # -- a teacher who comes back ---------------------------------------------------------------

    def test_teacher__whose_time_was_over_begins_anew(self):
        text = "Classe;Matricule;Nom;Rôle\n6e O;O01;Prof Retour;enseignant\n"
        self.take(text)
        classroom = self.env["small_school.classroom"].search([("name", "=", "6e O")])
        first = classroom.assignment_ids
        first.write({"date_from": "2026-01-01", "date_to": "2026-06-30"})
        for _time in range(2):
            self.take(text)
            second = classroom.assignment_ids - first
            self.assertEqual((len(second), second.date_from), (1, classroom._today()))
            self.assertFalse(second.date_to)
        self.assertEqual(str(first.date_to), "2026-06-30")

    @mute_logger("odoo.sql_db")
    def test_teacher__is_assigned_once_at_a_time(self):
        vals = {
            "classroom_id": self.classroom.id,
            "partner_id": self.env["res.partner"].create({"name": "Prof"}).id,
            "role": "teacher",
        }
        assignments = self.env["small_school.assignment"]
        assignments.create(dict(vals, date_from="2026-01-01", date_to="2026-06-30"))
        assignments.create(dict(vals, date_from="2026-07-01"))
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            assignments.create(dict(vals, date_from="2026-06-30", date_to="2026-07-02"))
        assignments.create(dict(vals, role="supervisor", date_from="2026-01-01"))

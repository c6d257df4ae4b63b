import base64
from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged

from ..common import SchoolCase

HEADER = (
    "Nom,Modérateur,Résultats pour l'activité,Temps de conversation,Temps de partage de caméra,"
    "Messages,Réactions,Votes du sondage,Mains levées,Rejoindre,Quitté,Duration"
)
NAME = "LearningDashboard_Algèbre-2_2026-03-05.csv"
PEOPLE = (
    ("Mme Thalès", "TRUE", "09:50:00", "11:05:00", "01:15:00"),
    ("Zerouki Amina", "FALSE", "09:58:00", "11:00:00", "01:02:00"),
    ("Bilal", "FALSE", "10:20:00", "11:00:00", "00:40:00"),
    ("iPad de Maman", "FALSE", "10:00:00", "11:00:00", "01:00:00"),
)


def file(people=PEOPLE, day="05/03/2026"):
    lines = [HEADER]
    for name, moderator, joined, left, lasts in people:
        cells = [name, moderator, "2,5", "-", "-", "0", "0", "0", "0"]
        cells += ["%s %s" % (day, joined), "%s %s" % (day, left), lasts]
        lines.append(",".join('"%s"' % cell for cell in cells))
    return "\r\n".join([*lines, '"Anonyme"' + ',""' * 11])


@tagged("post_install", "-at_install")
class TestBigBlueButton(SchoolCase):
    """The year's attendance stays complete when the school changes over in mid-term."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        long_ago = {"date_from": "2026-01-05"}
        cls.classroom.enrolment_ids.write(long_ago)
        cls.classroom.assignment_ids.write(long_ago)

    def wizard(self, *files, **values):
        attachments = self.env["ir.attachment"].create(
            [
                {"name": name, "datas": base64.b64encode(text.encode())}
                for name, text in files or [(NAME, file())]
            ]
        )
        wizard = self.env["small_school.bbb.import"].create(
            dict(
                values,
                classroom_id=self.classroom.id,
                attachment_ids=[(6, 0, attachments.ids)],
            )
        )
        wizard.action_read()
        return wizard

    def decide(self, wizard):
        for one in wizard.name_ids:
            if not one._is_decided():
                one.action_take() if one.suggested_id else one.action_nobody()
        return wizard

    def lessons(self):
        return self.env["small_school.lesson"].search(
            [("classroom_id", "=", self.classroom.id), ("is_imported", "=", True)]
        )

    def test_names__a_proposal_for_each_and_nothing_silently(self):
        wizard = self.wizard()
        proposals = {
            one.name: (one.how, one.partner_id, one.suggested_id) for one in wizard.name_ids
        }
        nobody = self.env["res.partner"]
        self.assertEqual(
            proposals,
            {
                "Mme Thalès": ("exact", self.teacher, self.teacher),
                "Zerouki Amina": ("reordered", self.amina, self.amina),
                "Bilal": ("part", nobody, self.bilal),
                "iPad de Maman": ("none", nobody, nobody),
            },
        )
        self.assertEqual(wizard.open_count, 2)
        with self.assertRaisesRegex(UserError, "Bilal|iPad"):
            wizard.action_import()
        self.assertFalse(self.lessons())

    def test_import__makes_a_held_lesson_with_its_sheet(self):
        wizard = self.wizard()
        [line] = wizard.file_ids
        self.assertEqual((line.name, line.people), ("Algèbre 2", 4))
        # Paris, in winter
        self.assertEqual(
            (line.start, line.stop), (datetime(2026, 3, 5, 9), datetime(2026, 3, 5, 10))
        )
        self.decide(wizard).action_import()
        self.assertFalse(wizard.attachment_ids, "the file is not kept")
        lesson = self.lessons()
        self.assertEqual((lesson.state, lesson.sheet_state), ("held", "final"))
        sheet = {one.partner_id: (one.status, one.role, one.minutes) for one in lesson.line_ids}
        self.assertEqual(
            sheet,
            {
                self.amina: ("present", "student", 60),
                self.bilal: ("late", "student", 40),
                self.teacher: ("present", "teacher", 60),
                self.supervisor: ("absent", "supervisor", 0),
            },
        )
        own = lesson.line_ids.filtered(lambda one: one.partner_id == self.amina)
        self.assertEqual(own.arrived_at, datetime(2026, 3, 5, 8, 58))
        self.assertIn("BigBlueButton", own.evidence)

    def test_import__twice_doubles_nothing_and_keeps_corrections(self):
        self.decide(self.wizard()).action_import()
        lesson = self.lessons()
        own = lesson.line_ids.filtered(lambda one: one.partner_id == self.bilal)
        own.write({"status": "present", "correction_reason": "the first device failed"})
        # the same meeting, downloaded again later and under another name
        longer = (*PEOPLE, ("Amina Zérouki", "FALSE", "11:00:00", "11:02:00", "00:02:00"))
        again = self.wizard(("copie (1) 2026-03-05.csv", file(longer)))
        self.assertEqual(again.file_ids.lesson_id, lesson)
        self.decide(again).action_import()
        self.assertEqual(self.lessons(), lesson)
        self.assertEqual(len(lesson.line_ids), 4)
        self.assertEqual((own.status, own.computed_status), ("present", "late"))

    def test_import__goes_to_the_lesson_of_the_timetable(self):
        values = {"classroom_id": self.classroom.id, "name": "Fractions"}
        start = datetime(2026, 3, 5, 9, 5)
        planned = self.env["small_school.lesson"].create(
            dict(values, start=start, stop=start + timedelta(minutes=55))
        )
        wizard = self.decide(self.wizard())
        self.assertEqual(wizard.file_ids.lesson_id, planned)
        wizard.action_import()
        self.assertEqual((planned.state, planned.is_imported), ("held", True))
        self.assertEqual(len(planned.line_ids), 4)

    def test_import__never_over_a_sheet_that_is_there(self):
        start = datetime(2026, 3, 5, 9)
        held = self.env["small_school.lesson"].create(
            {
                "classroom_id": self.classroom.id,
                "name": "Fractions",
                "start": start,
                "stop": start + timedelta(hours=1),
            }
        )
        held.action_all_present()
        with self.assertRaisesRegex(UserError, "Fractions"):
            self.decide(self.wizard()).action_import()
        self.assertEqual(set(held.line_ids.mapped("status")), {"present"})
        confirmed = self.decide(self.wizard((NAME, file(day="06/03/2026"))))
        confirmed.action_import()
        self.lessons().action_confirm_sheet()
        with self.assertRaisesRegex(UserError, "confirm"):
            self.decide(self.wizard((NAME, file(day="06/03/2026")))).action_import()

    def test_files__many_at_once_and_problems_by_line(self):
        broken = file().replace("10:20:00", "dix heures")
        wizard = self.wizard(
            (NAME, file()),
            ("LearningDashboard_Algèbre-2_2026-03-12.csv", file(day="12/03/2026")),
            ("photo.csv", "ceci n'est pas\nun tableau"),
            ("trois.csv", broken.replace("05/03/2026", "19/03/2026")),
        )
        self.assertEqual(len(wizard.file_ids), 3)
        self.assertEqual(len(wizard.name_ids), 4, "each name is asked for once")
        self.assertRegex(wizard.problems, r"photo\.csv, line 1: ")
        self.assertRegex(wizard.problems, r"trois\.csv, line 4: .*dix heures")
        wizard.file_ids.filtered(lambda one: one.filename == "trois.csv").is_taken = False
        self.decide(wizard).action_import()
        self.assertEqual(len(self.lessons()), 2)

    # -- a meeting that was restarted -------------------------------------------------------------

    FIRST = (
        ("Mme Thalès", "TRUE", "09:55:00", "10:22:00", "00:27:00"),
        ("Amina Zérouki", "FALSE", "09:58:00", "10:22:00", "00:24:00"),
        ("Bilal", "FALSE", "10:00:00", "10:22:00", "00:22:00"),
    )
    SECOND = (
        ("Mme Thalès", "TRUE", "10:24:00", "11:00:00", "00:36:00"),
        ("Amina Zérouki", "FALSE", "10:25:00", "11:00:00", "00:35:00"),
    )

    def marks(self, lesson):
        return {line.partner_id: (line.status, line.minutes) for line in lesson.line_ids}

    def test_restarted__both_files_make_the_sheet_of_one_lesson(self):
        start = datetime(2026, 3, 5, 9)
        lesson = self.env["small_school.lesson"].create(
            {
                "classroom_id": self.classroom.id,
                "name": "Fractions",
                "start": start,
                "stop": start + timedelta(hours=1),
            }
        )
        first, second = (NAME, file(self.FIRST)), ("suite 2026-03-05.csv", file(self.SECOND))
        self.decide(self.wizard(first)).action_import()
        self.assertEqual(self.marks(lesson)[self.amina], ("partial", 22))
        wizard = self.decide(self.wizard(second))
        self.assertEqual(wizard.file_ids.lesson_id, lesson)
        wizard.action_import()
        whole = self.marks(lesson)
        self.assertEqual(whole[self.amina], ("present", 57))
        self.assertEqual(whole[self.bilal], ("partial", 22))
        own = lesson.line_ids.filtered(lambda one: one.partner_id == self.amina)
        self.assertEqual(
            (own.arrived_at, own.departed_at),
            (datetime(2026, 3, 5, 8, 58), datetime(2026, 3, 5, 10)),
        )
        # each of them again, alone and together, in any order: nothing changes
        for files in ([second], [first], [second, first]):
            self.decide(self.wizard(*files)).action_import()
            self.assertEqual(self.marks(lesson), whole)
        self.assertEqual(self.lessons(), lesson)

    def test_restarted__without_a_timetable_the_times_say_that_it_is_one_lesson(self):
        wizard = self.decide(
            self.wizard((NAME, file(self.FIRST)), ("b 2026-03-05.csv", file(self.SECOND)))
        )
        self.assertEqual(len(set(wizard.file_ids.mapped("start"))), 2, "nobody can know")
        values = {"name": "Fractions", "start": datetime(2026, 3, 5, 9)}
        wizard.file_ids.write(dict(values, stop=datetime(2026, 3, 5, 10)))
        wizard.action_import()
        self.assertEqual(len(self.lessons()), 1)
        self.assertEqual(self.marks(self.lessons())[self.amina], ("present", 57))

    def test_restarted__a_lesson_of_another_class_is_refused(self):
        elsewhere = self.env["small_school.classroom"].create({"name": "Ailleurs"})
        lesson = self.lesson.copy({"classroom_id": elsewhere.id})
        wizard = self.decide(self.wizard())
        wizard.file_ids.lesson_id = lesson
        lesson.write({"start": datetime(2026, 3, 5, 9), "stop": datetime(2026, 3, 5, 10)})
        with self.assertRaisesRegex(UserError, "this classroom"):
            wizard.action_import()

    def test_restarted__a_file_that_was_imported_stays_where_it_went(self):
        self.decide(self.wizard()).action_import()
        start = datetime(2026, 3, 5, 12)
        later = self.lesson.copy({"start": start, "stop": start + timedelta(hours=1)})
        wizard = self.decide(self.wizard())
        wizard.file_ids.lesson_id = later
        with self.assertRaisesRegex(UserError, "imported before"):
            wizard.action_import()

    def test_dates__that_can_be_read_twice_are_asked_about(self):
        ambiguous = ("sans date.csv", file())
        wizard = self.wizard(ambiguous)
        self.assertEqual((wizard.state, len(wizard.file_ids)), ("upload", 0))
        self.assertRegex(wizard.problems, "05/03/2026")
        wizard.order = "mdy"
        wizard.action_read()
        self.assertEqual(wizard.file_ids.start.month, 5)

    def test_rights__a_teacher_may_not(self):
        teacher = self.user("prof", ["small_school.group_teacher"], self.teacher)
        with self.assertRaises(AccessError):
            self.env["small_school.bbb.import"].with_user(teacher).create(
                {"classroom_id": self.classroom.id}
            )

    # -- rows that do not say whose they are -----------------------------------------------------

    def student(self, name):
        student = self.env["res.partner"].create({"name": name, "student_number": name})
        self.env["small_school.enrolment"].create(
            {
                "classroom_id": self.classroom.id,
                "partner_id": student.id,
                "date_from": "2026-01-05",
            }
        )
        return student

    def statuses(self, *partners):
        lines = self.lessons().line_ids
        return [
            lines.filtered(lambda one, who=who: one.partner_id == who).status for who in partners
        ]

    def present(self, name, answer=None):
        cells = [name, "FALSE", "0", "-", "-", "0", "0", "0", "0"]
        cells += ["05/03/2026 10:00:00", "05/03/2026 11:00:00", "01:00:00"]
        row = ",".join('"%s"' % cell for cell in cells)
        return row if answer is None else '%s,"%s"' % (row, answer)

    def written(self, *rows, header=HEADER):
        return NAME, "\r\n".join([header, *rows, '"Anonyme"' + ',""' * 11])

    def test_answer_that_ends_with_a_quotation_mark__swallows_nobody(self):
        sara = self.student("Sara Ziani")
        rows = (
            self.present("Zerouki Amina", "20°15'30\""),
            self.present("Sara Ziani", "-"),
            self.present("Bilal", "-"),
        )
        wizard = self.wizard(self.written(*rows, header=HEADER + ",Angle ?"))
        self.assertFalse(wizard.problems)
        self.decide(wizard).action_import()
        self.assertEqual(self.statuses(self.amina, sara, self.bilal), ["present"] * 3)

    def test_row_that_cannot_be_read__makes_nobody_absent(self):
        broken = self.present("Quelqu'un").replace("05/03/2026 10:00:00", "hier")
        wizard = self.wizard(self.written(broken, self.present("Zerouki Amina")))
        self.assertIn("line 2", wizard.problems)
        self.decide(wizard).action_import()
        self.assertEqual(self.statuses(self.amina, self.bilal), ["present", "unknown"])
        line = self.lessons().line_ids.filtered(lambda one: one.partner_id == self.bilal)
        # in the classroom's language, whichever are installed
        self.assertRegex(line.evidence, "could not be read|pas pu être lue")
        # a whole file of the same lesson does not make up for the row
        self.assertEqual(line.minutes_high, 60)

    def test_name_with_quotation_marks_and_a_comma__is_read(self):
        jo = self.student('Petit "Jo", Jean')
        wizard = self.wizard(
            self.written(self.present('Petit "Jo", Jean'), self.present("Zerouki Amina"))
        )
        self.decide(wizard).action_import()
        self.assertEqual(
            self.statuses(jo, self.amina, self.bilal), ["present", "present", "absent"]
        )

    def test_namesakes__where_nobody_decides_are_unknown(self):
        first, second = self.student("Mohamed Amine"), self.student("MOHAMED AMINE")
        rows = [self.present("Mohamed Amine")] * 2 + [self.present("Zerouki Amina")]
        wizard = self.wizard(self.written(*rows))
        namesakes = wizard.name_ids.filtered(lambda one: one.how == "namesakes")
        self.assertEqual(len(namesakes), 2)
        self.assertEqual(namesakes.mapped("namesake_ids"), first | second)
        self.assertIn("10:00–11:00", namesakes[0].times)
        self.decide(wizard).action_import()
        self.assertEqual(
            self.statuses(first, second, self.amina, self.bilal),
            ["unknown", "unknown", "present", "absent"],
        )

    def test_namesakes__each_row_is_given_to_one_of_them(self):
        first, second = self.student("Mohamed Amine"), self.student("Amine Mohamed")
        wizard = self.wizard(self.written(*[self.present("Mohamed Amine")] * 2))
        for row, who in zip(wizard.name_ids, first | second):
            row.partner_id = who
        wizard.action_import()
        self.assertEqual(self.statuses(first, second), ["present", "present"])

    def test_namesakes__one_row_that_is_known_leaves_the_other_unknown(self):
        first, second = self.student("Mohamed Amine"), self.student("Mohamed Amine.")
        wizard = self.wizard(self.written(*[self.present("Mohamed Amine")] * 2))
        wizard.name_ids[0].partner_id = first
        wizard.action_import()
        self.assertEqual(self.statuses(first, second), ["present", "unknown"])

import base64
import csv
import io
import json
import zipfile
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests.common import tagged

from odoo.addons.telegram_base.fields import BigInteger
from odoo.addons.telegram_school.services.attendance.sheet import LessonSheet
from odoo.addons.telegram_school.services.calls.clock import LessonClock

from .common import ClassroomCase
from .rights_records import ADDONS

#: Ids of groups and of calls: nobody's. A channel's owner is known only from answers, which lead to
#: the person by a field of their own.
_NOT_PEOPLE = {"tg_chat_id", "tg_call_id", "tg_channel_id"}


@tagged("post_install", "-at_install")
class TestPersonalData(ClassroomCase):
    """A student who has left: the data about them, its export and its erasure."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        english = cls.env["res.lang"].with_context(active_test=False)
        english.search([("code", "=", "en_US")]).active = True
        cls.env = cls.env(context=dict(cls.env.context, lang="en_US"))
        cls.env.company.partner_id.lang = "en_US"  # of the text in place of a name
        cls.data = cls.env["telegram.personal.data"]
        cls.lina = cls.env["res.partner"].create(
            {"name": "Lina Qadiri", "email": "lina@example.com", "student_number": "L-77"}
        )
        cls.mother = cls.env["res.partner"].create({"name": "Mme Qadiri"})
        cls.lina.guardian_ids = cls.mother

    def _held(self):
        """Hold a lesson that Lina was in, with its final sheet."""
        before = fields.Date.today() - timedelta(days=7)
        self.enrol(self.lina, date_from=before)
        account = self.link(self.lina)
        start = fields.Datetime.now().replace(second=0, microsecond=0) - timedelta(hours=1)
        lesson = self.env["small_school.lesson"].create(
            {
                "classroom_id": self.classroom.id,
                "name": "Fractions",
                "start": start,
                "stop": start + timedelta(hours=1),
            }
        )
        self.env["base"].flush()
        self.env.cr.execute("UPDATE telegram_roster SET since = since - interval '1 day'")
        self.env["telegram.roster"].invalidate_cache()
        self.tell_call(
            self.chat,
            start,
            lesson.stop,
            [
                (account, "joined", start + timedelta(minutes=5)),
                (account, "left", start + timedelta(minutes=45)),
            ],
            open_key=LessonClock(lesson).key("open"),
            close_key=LessonClock(lesson).key("close"),
        )
        self.ring()
        line = lesson.line_ids.filtered(lambda one: one.partner_id == self.lina)
        self.assertEqual(line.minutes, 40)
        return lesson, line

    def _leave(self):
        self.enrolments(self.lina).action_unenrol("moved to Lyon with her aunt")

    def _sheet(self, lesson):
        lines = lesson.line_ids.sorted("id")
        return [(line.id, line.role, line.status, line.minutes, line.percentage) for line in lines]

    def test_histories_that_name_people__are_those_of_every_model_of_the_school(self):
        names = self.env["telegram.personal.data"]._personal_text_models()
        for mixin in ("classroom", "lesson", "attendance", "enrolment"):
            models = self.env.registry.descendants(["telegram.%s.mixin" % mixin], "_inherit")
            self.assertFalse(set(models) - names, mixin)

    def test_every_model_about_people_is_declared(self):
        """A new field that leads to people needs a declaration for export and erasure."""
        declared = {}
        for holding in self.data._personal_data():
            declared.setdefault(holding.model, set()).update(holding.about)
        # found by more than that
        found_otherwise = {
            ("telegram.outbox", "tg_user_id"),
            # no id, but made of one with a key that is not in the database
            ("telegram.session.known", "number"),
        }
        missing = []
        for name, model in sorted(self.env.registry.items()):
            if model._abstract or model._transient or not model._auto:
                continue
            for field in model._fields.values():
                if field._module not in ADDONS or not field.store:
                    continue
                is_person = field.type in ("many2one", "many2many") and (
                    field.comodel_name == "res.partner"
                )
                is_account = isinstance(field, BigInteger) and field.name not in _NOT_PEOPLE
                if not (is_person or is_account):
                    continue
                is_declared = field.name in declared.get(name, ())
                if not is_declared and (name, field.name) not in found_otherwise:
                    missing.append((name, field.name))
        self.assertEqual(missing, [])

    def test_declarations__can_be_shown_and_done(self):
        """Declarations without rows in the other tests work, too."""
        for holding in self.data._personal_data():
            model = self.env[holding.model]
            for name in holding.about + holding.shown + holding.blanked + holding.texts:
                self.assertIn(name, model._fields, holding.title)
            for name in holding.blanked + holding.texts:
                field = model._fields[name]
                self.assertTrue(field.store and not field.required or name == "name", name)
            for function in filter(None, (holding.find, holding.clean)):
                self.assertTrue(callable(function))

    def test_erased__sheets_stay_whole_and_name_nobody(self):
        lesson, line = self._held()
        line.write({"status": "excused", "excuse_reason": "dentist"})
        lesson.action_confirm_sheet()
        before = self._sheet(lesson)
        self._leave()
        self.data._personal_erase(self.lina)
        self.env["base"].invalidate_cache()
        self.assertEqual(self._sheet(lesson), before)
        self.assertEqual(lesson.sheet_state, "confirmed")
        self.assertEqual(line.partner_id.name, "Erased person %s" % self.lina.id)
        self.assertFalse(line.arrived_at or line.departed_at or line.excuse_reason)
        [enrolment] = self.enrolments(self.lina)
        self.assertEqual((enrolment.state, enrolment.reason), ("ended", False))
        self.assertFalse(self.lina.guardian_ids or self.mother.ward_ids)
        self.assertFalse(self.lina.student_number)
        self.assertEqual(self.mother.name, "Mme Qadiri")
        html = self.env.ref("small_school.report_sheet")
        render = getattr(html, "_render_qweb_html", None) or html.render_qweb_html
        page = render(lesson.ids)[0].decode()
        self.assertNotIn("Qadiri", page)
        self.assertIn("Erased person", page)

    def test_erased__a_sheet_that_is_computed_again_keeps_the_line(self):
        lesson, line = self._held()
        self._leave()
        before = self._sheet(lesson)
        self.data._personal_erase(self.lina)
        LessonSheet(lesson).refresh()
        self.assertEqual(self._sheet(lesson), before)
        self.assertTrue(line.exists())

    def test_erased__never_back_on_a_roster(self):
        self._held()
        self._leave()
        self.data._personal_erase(self.lina)
        self.env["telegram.classroom.mixin"]._cron_telegram_rosters()
        self.assertNotIn(self.lina.id, self.roster(self.chat))

    def test_erased__the_blocked_too(self):
        self._held()
        self.enrolments(self.lina).action_block("trouble")
        self.data._personal_erase(self.lina)
        self.env["telegram.classroom.mixin"]._cron_telegram_rosters()
        self.assertNotIn(self.lina.id, self.roster(self.chat))

    def test_erased__excuses_of_theirs_go_and_those_they_asked_for_stay(self):
        lesson, line = self._held()
        values = {
            "lesson_id": lesson.id,
            "asked_by_id": self.mother.id,
            "reason": "fever of Lina Qadiri",
        }
        excuses = self.env["small_school.excuse"]
        document = {"document": base64.b64encode(b"%PDF-"), "document_name": "Lina Qadiri.pdf"}
        excuse = excuses.create(dict(values, partner_id=self.lina.id, **document))
        excuse.action_accept()
        brother = excuses.create(dict(values, partner_id=self.bilal.id))
        self._leave()
        tables = json.loads(self._export("en_US")[1]["data.json"])
        [rows] = [one["rows"] for one in tables if one["title"] == "Excuses"]
        self.assertEqual(rows[0]["Reason"], "fever of Lina Qadiri")
        self.data._personal_erase(self.lina)
        self.assertFalse(excuse.exists())
        self.assertFalse(
            self.env["ir.attachment"].search(
                [("res_model", "=", "small_school.excuse"), ("res_field", "!=", False)]
            )
        )
        self.assertEqual(line.status, "excused")
        brother.invalidate_cache()
        self.assertEqual(brother.reason, "fever of Erased person %s" % self.lina.id)
        self.data._personal_erase(self.mother)
        self.assertEqual(brother.asked_by_id.name, "Erased person %s" % self.mother.id)

    def test_erased__a_teacher_whose_name_stands_in_reasons(self):
        assignment = self.env["small_school.assignment"].search(
            [("partner_id", "=", self.teacher.id), ("classroom_id", "=", self.classroom.id)]
        )
        self.enrol(self.lina)
        self.enrolments(self.lina).action_unenrol("was removed by Mme Roux")
        with self.assertRaises(UserError):
            self.data._personal_erase(self.teacher)
        day = fields.Date.today() - timedelta(days=2)
        assignment.write({"date_from": day, "date_to": day})
        self.data._personal_erase(self.teacher)
        self.env["base"].invalidate_cache()
        label = "Erased person %s" % self.teacher.id
        self.assertEqual(self.enrolments(self.lina).reason, "was removed by %s" % label)
        rows = self.env["telegram.roster"].search([("partner_id", "=", self.lina.id)])
        self.assertEqual(rows.reason, "was removed by %s" % label)

    def test_refused__what_is_still_to_come(self):
        later = fields.Date.today() + timedelta(days=3)
        enrolment = self.enrol(self.lina, date_from=later)
        with self.assertRaisesRegex(UserError, "is enrolled, or will be"):
            self.data._personal_erase(self.lina)
        enrolment.action_unenrol()
        start = fields.Datetime.now() + timedelta(days=2)
        lesson = self.env["small_school.lesson"].create(
            {
                "classroom_id": self.classroom.id,
                "name": "Fractions",
                "teacher_id": self.lina.id,
                "start": start,
                "stop": start + timedelta(hours=1),
            }
        )
        with self.assertRaisesRegex(UserError, "lessons that are still to come"):
            self.data._personal_erase(self.lina)
        lesson.teacher_id = self.teacher
        self.data._personal_erase(self.lina)

    # -- export -----------------------------------------------------------------------------------

    def _export(self, lang):
        name, content = self.data.with_context(lang=lang)._personal_export(self.lina)
        archive = zipfile.ZipFile(io.BytesIO(content))
        return name, {one: archive.read(one) for one in archive.namelist()}

    def test_export__all_of_it_in_the_readers_language(self):
        self._held()
        self._leave()
        name, files = self._export("en_US")
        self.assertEqual(name, "personal-data-%s.zip" % self.lina.id)
        readme = files["readme.txt"].decode("utf-8-sig")
        self.assertIn("Personal data of Lina Qadiri", readme)
        tables = {
            file_name["title"]: file_name["rows"] for file_name in json.loads(files["data.json"])
        }
        [person] = tables["Person"]
        self.assertEqual((person["Name"], person["Email"]), ("Lina Qadiri", "lina@example.com"))
        self.assertEqual(person["Student number"], "L-77")
        [line] = tables["Lines of attendance sheets"]
        self.assertEqual(line["Minutes"], 40)
        self.assertIn("moved to Lyon", json.dumps(tables["Enrolments"]))
        self.assertEqual(tables["Guardians and children"], [{"Name": "Mme Qadiri"}])
        self.assertEqual(len(tables["Coming and going in calls"]), 2)
        self.assertTrue(tables["What happened on Telegram"])
        csvs = [file_name for file_name in files if file_name.endswith(".csv")]
        self.assertEqual(len(csvs), len(tables))
        for file_name in csvs:
            self.assertTrue(files[file_name].startswith(b"\xef\xbb\xbf"), file_name)
            rows = list(csv.reader(io.StringIO(files[file_name].decode("utf-8-sig"))))
            self.assertGreater(len(rows), 1, file_name)
            self.assertEqual({len(row) for row in rows}, {len(rows[0])}, file_name)
            self.assertIn(file_name, readme)

    def test_export__in_french(self):
        self._held()
        _name, files = self._export("fr_FR")
        self.assertIn("lisez-moi.txt", files)
        titles = {one["title"] for one in json.loads(files["donnees.json"])}
        self.assertIn("Inscriptions", titles)
        self.assertNotIn("Person", titles)

    def test_export__formulas_are_text(self):
        self.lina.name = "=1+1"
        _name, files = self._export("en_US")
        [person] = [one for one in files if one.endswith("res.partner.csv")][:1]
        self.assertIn("'=1+1", files[person].decode("utf-8-sig"))

    def test_export__of_an_account_that_is_shared_nothing_of_the_other(self):
        account = self.link(self.mother)
        self.env["telegram.contact"]._confirm(self.lina, account, {"name": "Famille"})
        _name, files = self._export("en_US")
        tables = {one["title"]: one["rows"] for one in json.loads(files["data.json"])}
        [contact] = tables["Telegram accounts"]
        self.assertEqual(contact["Person"], "Lina Qadiri")

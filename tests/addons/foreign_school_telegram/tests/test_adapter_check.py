"""An adapter with a trap is refused; in a running school it is reported."""

import inspect
import re
from contextlib import contextmanager
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests.common import SavepointCase, tagged
from odoo.tools import mute_logger

from odoo.addons.telegram_school.rules import adapter_check
from odoo.addons.telegram_school.rules.adapter_check import NOTES, Fault
from odoo.addons.telegram_school.services.adapter.check import AdapterCheck

LOGGER = "odoo.addons.telegram_school.models.health.telegram_adapter_fault"


@tagged("post_install", "-at_install")
class TestAdapterCheck(SavepointCase):
    @contextmanager
    def adapter(self, model, **attributes):
        """Another adapter: these `_telegram_*` attributes of a model of the school are
        different."""
        with patch.multiple(type(self.env[model]), create=True, **attributes):
            yield self.env[model]

    @contextmanager
    def changed(self, field, name, value):
        """A field of the school that is made otherwise."""
        before = getattr(field, name)
        setattr(field, name, value)
        try:
            yield
        finally:
            setattr(field, name, before)

    def sentence(self, model, lang="en_US", **attributes):
        with self.adapter(model, **attributes) as adapter:
            [sentence] = adapter.with_context(lang=lang)._telegram_check_adapter()
        return sentence

    def test_adapter__of_this_school_has_no_trap(self):
        for name in ("fs.inscription", "fs.seance", "fs.pointage", "fs.ligne"):
            self.assertEqual(self.env[name]._telegram_check_adapter(), [], name)

    def test_adapter__of_this_school_says_its_language_itself(self):
        self.assertEqual(self.env["fs.course"]._telegram_check_adapter(), [])

    def test_sentences__name_model_and_field_in_both_languages(self):
        traps = [
            ("fs.inscription", {"_telegram_person_field": "course_id"}, ("course_id",)),
            ("fs.inscription", {"_telegram_classroom_field": "personne_id"}, ("personne_id",)),
            ("fs.seance", {"_telegram_start_field": "sujet"}, ("sujet",)),
            ("fs.seance", {"_telegram_name_field": "titre"}, ("titre",)),
            ("fs.pointage", {"_telegram_columns": {}}, ("status", "_telegram_values")),
            ("fs.pointage", {"_telegram_columns": {"status": "entree"}}, ("entree", "status")),
            ("fs.pointage", {"_telegram_lesson_field": "personne_id"}, ("personne_id",)),
        ]
        for model, attributes, words in traps:
            english = self.sentence(model, **attributes)
            french = self.sentence(model, "fr_FR", **attributes)
            self.assertNotEqual(english, french)
            for word in (model,) + words:
                self.assertIn(word, english)
                self.assertIn(word, french)

    def test_sentences__each_trap_has_one_in_both_languages(self):
        english, french = (
            AdapterCheck(self.env(context={"lang": lang})) for lang in ("en_US", "fr_FR")
        )
        source = inspect.getsource(adapter_check)
        codes = set(re.findall(r'Fault\(\s*"(\w+)"', source)) | {"class_field", "start_kind"}
        self.assertLessEqual(NOTES, codes)
        for code in codes:
            fault = Fault(code, "a.model", "a_field", "another")
            sentence = english.sentence(fault)
            self.assertNotEqual(french.sentence(fault), sentence, code)
            for text in (sentence, french.sentence(fault)):
                self.assertIn("a.model", text)
                self.assertTrue(
                    "a_field" in text or "another" in text or code in NOTES | {"no_status"}
                )

    def test_time_zone__none_is_said(self):
        mixin = type(self.env["telegram.classroom.mixin"])
        with self.adapter(
            "fs.course", _telegram_tz=mixin._telegram_tz, _telegram_lang=mixin._telegram_lang
        ) as course:
            zone, language = course._telegram_check_adapter()
            self.assertIn("_telegram_tz", zone)
            self.assertIn("_telegram_lang", language)
            self.env.company.partner_id.tz = "Africa/Algiers"
            self.assertEqual(course.create({"intitule": "Latin"})._telegram_tz(), "Africa/Algiers")

    def test_generated__says_present(self):
        field = self.env["fs.pointage"]._fields["resultat"]
        with self.changed(field, "default", lambda model: "present"):
            [sentence] = self.env["fs.pointage"]._telegram_check_adapter()
            self.assertIn("_telegram_is_untouched", sentence)
            with self.adapter("fs.pointage", _telegram_is_untouched=lambda line: True) as line:
                self.assertEqual(line._telegram_check_adapter(), [])

    def test_installation__is_refused_with_a_sentence_for_each_trap(self):
        self.env.cr.execute(
            "UPDATE ir_module_module SET state = 'to install' WHERE name = 'foreign_school'"
        )
        installing = {"module": "foreign_school"}
        self.env["fs.pointage"].with_context(**installing).init()  # nothing is wrong
        with self.adapter("fs.pointage", _telegram_columns={}):
            with self.adapter("fs.seance", _telegram_name_field="titre"):
                with self.assertRaises(ValidationError) as refusal:
                    self.env["fs.course"].with_context(**installing).init()
        message = str(refusal.exception)
        self.assertIn("fs.pointage", message)
        self.assertIn("fs.seance", message)

    def test_upgrade__of_a_school_that_runs_is_not_refused(self):
        with self.adapter("fs.pointage", _telegram_columns={}) as adapter:
            adapter.with_context(module="foreign_school").init()

    def test_start__goes_on_whatever_the_adapter_has_there(self):
        with self.adapter("fs.pointage", _telegram_columns=None):
            with self.assertLogs(LOGGER, "ERROR") as log:
                self.env["telegram.adapter.fault"]._register_hook()
        self.assertIn("could not be checked", log.output[0])

    def test_start__tells_the_log_and_health(self):
        faults = self.env["telegram.adapter.fault"]
        health = self.env["telegram.health"]

        def lines():
            return [line for line in health._lines() if line["code"] == "adapter_fault"]

        with self.adapter("fs.pointage", _telegram_columns={}):
            with self.assertLogs(LOGGER, "ERROR") as log:
                faults._register_hook()
            self.assertIn("fs.pointage", log.output[0])
            [line] = lines()
            self.assertEqual((line["level"], line["is_alarm"]), ("act", True))
            self.assertIn("fs.pointage", health.page())
            [row] = faults.search([])
            found_at = fields.Datetime.now().replace(year=2020)
            row.found_at = found_at
            with mute_logger(LOGGER):
                faults._register_hook()
            self.assertEqual(faults.search([]).found_at, found_at, "known already")
        faults._register_hook()
        self.assertEqual(lines(), [])

    def test_status__boolean_needs_words_of_its_own(self):
        sentence = self.sentence("fs.pointage", _telegram_columns={"status": "justifie"})
        self.assertIn("justifie", sentence)
        self.assertIn("_telegram_values", sentence)

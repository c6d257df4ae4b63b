import io
import os
import re

import polib

from odoo.modules import get_module_path
from odoo.tests.common import TransactionCase, tagged
from odoo.tools import pycompat
from odoo.tools.translate import trans_export

# Fields that Odoo's own mixins bring along, another set in each version.
INHERITED = re.compile(r"__(message|activity|website_message)_\w+$")

MODULES = (
    *("telegram_mail_guard", "lesson_register", "telegram_base", "telegram_school"),
    *("small_school", "small_school_telegram"),
)


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    def test_every_term_is_there_in_french(self):
        for module in MODULES:
            path = os.path.join(get_module_path(module), "i18n", "fr.po")
            entries = polib.pofile(path)
            known = {entry.msgid for entry in entries if entry.msgstr and not entry.fuzzy}
            self.assertEqual([e.msgid for e in entries if e.msgid not in known], [], module)
            terms = {row["src"] for row in self._exported(module)}
            self.assertGreater(len(terms), 5)
            self.assertEqual(sorted(terms - known), [], module)

    def test_every_place_is_there_in_french(self):
        """Views, labels and records show a term in French only if its entry names them; an entry of
        the same words elsewhere does not help."""
        for module in MODULES:
            path = os.path.join(get_module_path(module), "i18n", "fr.po")
            known = {
                (":".join(filter(None, place)), entry.msgid)
                for entry in polib.pofile(path)
                for place in entry.occurrences
            }
            missing = {
                (place, row["src"])
                for row in self._exported(module)
                for place in ["%(type)s:%(name)s:%(res_id)s" % row]
                if row["type"] in ("model", "model_terms")
                and (place, row["src"]) not in known
                and not INHERITED.search(place)
            }
            self.assertEqual(sorted(missing), [], module)

    def test_no_place_has_two_terms(self):
        """Of two entries for one label the later one would be shown, whatever the label says
        now."""
        for module in MODULES:
            path = os.path.join(get_module_path(module), "i18n", "fr.po")
            terms = {}
            for entry in polib.pofile(path):
                for place, _line in entry.occurrences:
                    if place.startswith("model:"):
                        terms.setdefault(place, set()).add(entry.msgid)
            twice = {place: found for place, found in terms.items() if len(found) > 1}
            self.assertEqual(twice, {}, module)

    def test_every_choice_is_shown_in_french(self):
        """Choices that a field takes from another one are translated, too."""
        words = {}
        for module in MODULES:
            path = os.path.join(get_module_path(module), "i18n", "fr.po")
            words.update({entry.msgid: entry.msgstr for entry in polib.pofile(path)})
        english = []
        env = self.env(context={"lang": "fr_FR"})
        for name, model in sorted(env.items()):
            for field in model._fields.values():
                if field.type == "selection" and field._module in MODULES:
                    for _code, label in field._description_selection(env):
                        if words.get(label, label) != label:
                            english.append((name, field.name, label))
        self.assertEqual(english, [])

    def _exported(self, module):
        """Return the terms to be translated: dicts of module, type, name, res_id, src, value,
        comments."""
        buffer = io.BytesIO()
        trans_export(False, [module], buffer, "csv", self.env.cr)
        buffer.seek(0)
        rows = list(pycompat.csv_reader(buffer))
        return [dict(zip(rows[0], row)) for row in rows[1:]]

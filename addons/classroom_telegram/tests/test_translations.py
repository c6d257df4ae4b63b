import io
import os

import polib

from odoo.modules import get_module_path
from odoo.tests.common import TransactionCase, tagged
from odoo.tools import pycompat
from odoo.tools.translate import trans_export

MODULES = ("telegram_base", "telegram_classroom", "classroom", "classroom_telegram")


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    def test_every_term_is_there_in_french(self):
        for module in MODULES:
            path = os.path.join(get_module_path(module), "i18n", "fr.po")
            entries = polib.pofile(path)
            known = {entry.msgid for entry in entries if entry.msgstr and not entry.fuzzy}
            self.assertEqual([e.msgid for e in entries if e.msgid not in known], [], module)
            buffer = io.BytesIO()
            trans_export(False, [module], buffer, "csv", self.env.cr)
            buffer.seek(0)
            rows = list(pycompat.csv_reader(buffer))
            column = rows[0].index("src")
            terms = {row[column] for row in rows[1:]}
            self.assertGreater(len(terms), 10)
            self.assertEqual(sorted(terms - known), [], module)

import importlib.util
import os
from datetime import timedelta

from odoo import fields
from odoo.modules import get_module_path
from odoo.tests.common import tagged

from .common import ClassroomCase


@tagged("post_install", "-at_install")
class TestMigration(ClassroomCase):
    def test_close__gets_the_key_that_holds_the_end(self):
        """A lesson across the upgrade is closed once, and its sheet is still made by that close."""
        start = fields.Datetime.now() - timedelta(minutes=10)
        lesson = self.env["classroom.lesson"].create(
            {
                "classroom_id": self.classroom.id,
                "name": "Fractions",
                "start": start,
                "stop": start + timedelta(hours=1),
            }
        )
        before = {part: (row.id, row.key) for part, row in self.clock(lesson).items()}
        self.env.cr.execute(
            "UPDATE telegram_outbox SET key = regexp_replace(key, '/[^/]*Z:close$', ':close')"
            " WHERE key LIKE 'lesson:classroom.lesson:%:close'"
        )
        self.outbox.invalidate_cache()
        self.assertTrue(self.outbox.browse(before["close"][0]).key.endswith("Z:close"))
        self.assertNotIn("/", self.outbox.browse(before["close"][0]).key)
        path = os.path.join(
            get_module_path("telegram_classroom"), "migrations", "0.0.0", "post-close-keys.py"
        )
        spec = importlib.util.spec_from_file_location("close_keys", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for _again in range(2):
            module.migrate(self.env.cr, "13.0.1.0.0")
            self.outbox.invalidate_cache()
            after = {part: (row.id, row.key) for part, row in self.clock(lesson).items()}
            self.assertEqual(after, before)

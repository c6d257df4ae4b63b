from odoo.tests.common import SavepointCase, tagged

from odoo.addons.telegram_school.tests.common import columns_of_ours


@tagged("post_install", "-at_install")
class TestColumns(SavepointCase):
    def test_schools_tables__have_no_column_of_ours(self):
        self.assertEqual(columns_of_ours(self.env, "foreign_school"), [])

    def test_column__of_a_mixin_would_be_found(self):
        field = self.env["fs.course"]._fields["telegram_chat_id"]
        field.store = True  # of which no patch can take care in Odoo 13
        try:
            found = columns_of_ours(self.env, "foreign_school")
        finally:
            field.store = False
        self.assertEqual(found, ["fs.course.telegram_chat_id"])

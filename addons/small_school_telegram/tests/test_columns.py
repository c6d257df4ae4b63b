from odoo.tests.common import SavepointCase, tagged

from odoo.addons.telegram_school.tests.common import columns_of_ours


@tagged("post_install", "-at_install")
class TestColumns(SavepointCase):
    def test_schools_tables__have_no_column_of_ours(self):
        """Our own tables have all that we know of a class, a lesson or an enrolment."""
        self.assertEqual(columns_of_ours(self.env, "small_school"), [])

from unittest.mock import patch

from odoo.tests.common import HttpCase, tagged

from odoo.addons.telegram_school.services.calls.own_lessons import on_our_portal


@tagged("post_install", "-at_install")
class TestPortal(HttpCase):
    """The small school's own pages show lessons and attendance: there is no second page for
    them."""

    def test_portal__has_one_page_for_the_same_thing(self):
        ours = on_our_portal(self.env)
        for name in ("small_school.lesson", "telegram.trial.lesson"):
            self.assertNotIn(name, ours)
        for name in ours:  # as in a database without another school
            patcher = patch.object(type(self.env[name]), "_telegram_has_portal", True)
            patcher.start()
            self.addCleanup(patcher.stop)
        self.env["res.users"].with_context(no_reset_password=True).create(
            {
                "name": "Portail",
                "login": "portal-once",
                "password": "portal-once",
                "groups_id": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )
        self.authenticate("portal-once", "portal-once")
        page = self.url_open("/my", timeout=60).text
        self.assertIn("/my/lessons", page)
        self.assertNotIn("/my/telegram/lessons", page)
        for path in ("lessons", "attendance"):
            self.assertTrue(self.url_open("/my/telegram/" + path, timeout=60).url.endswith("/my"))

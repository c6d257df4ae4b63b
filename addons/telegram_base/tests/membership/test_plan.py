import json

from odoo.exceptions import UserError

from ..common import TelegramCase


class TestPlan(TelegramCase):
    """The plan of a group, asked of the gateway and shown."""

    def _asked(self, wizard):
        return self.env["telegram.outbox"].browse(wizard.asked_id)

    def _answer(self, wizard, state="done", **result):
        self.env.cr.execute(
            "UPDATE telegram_outbox SET state = %s, result = %s, error_code = 'internal'"
            " WHERE id = %s",
            [state, json.dumps(result), wizard.asked_id],
        )
        wizard.invalidate_cache()

    def test_plan__asked_once_and_shown_in_words(self):
        wizard = self.env["telegram.plan.wizard"].create({"chat_id": self.chat.id})
        wizard.action_ask()
        asked = self._asked(wizard)
        self.assertEqual((asked.kind, asked.chat_id), ("plan", self.chat))
        wizard.action_ask()
        self.assertEqual(self._asked(wizard), asked)
        lines = [
            {"chat_id": self.chat.id, "what": "remove", "who": "Omar", "held": True},
            {"chat_id": self.chat.id, "what": "edit_title", "detail": "3e A"},
        ]
        self._answer(wizard, lines=lines)
        wizard.action_ask()
        self.assertEqual(
            [(line.sentence, line.is_held) for line in wizard.line_ids],
            [("Omar is removed", True), ("The title becomes “3e A”", False)],
        )

    def test_plan__in_the_language_of_whoever_asks(self):
        lang = self.env["res.lang"].with_context(active_test=False)
        lang.search([("code", "=", "fr_FR")]).active = True
        words = self.env["telegram.words"].with_context(lang="fr_FR")
        self.assertEqual(words._planned("remove", "Omar", ""), "Omar est retiré")
        self.assertEqual(words._planned("tell", "Omar", "member_joined")[:4], "Omar")

    def test_plan__the_gateway_could_not(self):
        wizard = self.env["telegram.plan.wizard"].create({})
        wizard.action_ask()
        self._answer(wizard, "failed")
        with self.assertRaisesRegex(UserError, "Try again"):
            wizard.action_ask()

    def test_bind__the_accounts_groups_are_listed(self):
        wizard = self.env["telegram.bind.wizard"].create({"chat_id": self.chat.id})
        wizard.action_list()
        groups = [
            {"tg_chat_id": 11, "title": "Ours", "people": 3, "error_code": None},
            {"tg_chat_id": 12, "title": "Theirs", "people": 9, "error_code": "bind_no_rights"},
        ]
        self._answer(wizard, groups=groups)
        wizard.action_list()
        ours, theirs = wizard.group_ids
        self.assertFalse(ours.error_text)
        self.assertIn("administrator", theirs.error_text)
        wizard.group_id = theirs
        with self.assertRaisesRegex(UserError, "administrator"):
            wizard.action_bind()
        wizard.group_id = ours
        wizard.action_bind()
        self.assertEqual((self.chat.bind, self.chat.is_reviewed), ("11", False))

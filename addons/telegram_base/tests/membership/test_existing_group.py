from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user

from ...wizards.membership.telegram_bind_wizard import normalized
from ..common import TelegramCase

KNOWN, STRANGER, BLOCKED = 7000000001, 7000000002, 7000000003


class TestExistingGroup(TelegramCase):
    """The use of an existing group: naming it, the review, the decisions."""

    def _read_by_the_gateway(self):
        self._make_ready()
        self.env.cr.execute(
            "UPDATE telegram_chat_state SET listed_at = now(), title_seen = 'Les anciens'"
        )
        for tg_user_id, name in ((KNOWN, "Am"), (STRANGER, "Str"), (BLOCKED, "Bl")):
            self.env.cr.execute(
                "INSERT INTO telegram_member (chat_id, tg_user_id, name, seen_status, state)"
                " VALUES (%s, %s, %s, 'in', 'guest')",
                [self.chat.id, tg_user_id, name],
            )
        self.env["telegram.contact"]._confirm(self.amina, KNOWN)
        self.chat.invalidate_cache()

    def _review(self):
        wizard = self.env["telegram.review.wizard"]
        return wizard.with_context(default_chat_id=self.chat.id).create({})

    def test_normalized(self):
        for text, wanted in [
            ("https://t.me/+AbC-d_ef12", "+AbC-d_ef12"),
            ("t.me/joinchat/AbCdef12", "+AbCdef12"),
            ("https://t.me/maths3a/15", "@maths3a"),
            (" @maths3a ", "@maths3a"),
            ("maths3a", "@maths3a"),
            ("-1001234567", "1234567"),
            ("https://t.me/c/1234567/9", "1234567"),
            ("not a link", False),
            ("", False),
            (False, False),
        ]:
            self.assertEqual(normalized(text), wanted, text)

    def test_bind__waits_for_a_review(self):
        before = self._reconciles()
        values = {"chat_id": self.chat.id, "way": "link", "link": "https://t.me/+AbC-d_ef12"}
        self.env["telegram.bind.wizard"].create(values).action_bind()
        self.assertEqual((self.chat.bind, self.chat.is_reviewed), ("+AbC-d_ef12", False))
        self.assertGreater(self._reconciles(), before)

    def test_bind__bad_input_says_what_to_give(self):
        wizard = self.env["telegram.bind.wizard"].create(
            {"chat_id": self.chat.id, "way": "link", "link": "our group"}
        )
        with self.assertRaisesRegex(UserError, "our group.*link"):
            wizard.action_bind()
        self.chat.copy({"name": "Other"})._bind("@maths3a")
        wizard.link = "@maths3a"
        with self.assertRaisesRegex(UserError, "Other"):
            wizard.action_bind()

    def test_ready__nobody_is_invited_before_the_review(self):
        self.chat._set_roster([{"partner_id": self.omar.id}])
        self.env["telegram.contact"]._confirm(self.omar, 7000000009)
        self.chat._bind("@maths3a")
        before = self._sent(7000000009)
        self._make_ready()
        self._ring()
        self.assertEqual(self._sent(7000000009), before)

    def test_review__shows_both_sides_and_decides(self):
        self.chat._bind("@maths3a")
        self.chat._set_roster([{"partner_id": self.omar.id}])
        self._read_by_the_gateway()
        wizard = self._review()
        self.assertEqual(
            {(line.name, line.partner_id) for line in wizard.there_ids},
            {("Am", self.amina), ("Str", self.env["res.partner"]), ("Bl", self.env["res.partner"])},
        )
        self.assertEqual(wizard.here_ids.partner_id, self.omar)
        for line, choice in zip(wizard.there_ids.sorted("name"), ("keep", "policy", "remove")):
            line.choice_there = choice
        wizard.action_done()
        self.assertTrue(self.chat.is_reviewed)
        decided = self.env["telegram.guest"].search([("chat_id", "=", self.chat.id)])
        self.assertEqual(
            {(row.tg_user_id, row.decision, row.decided_uid) for row in decided},
            {(KNOWN, "in", self.env.user), (STRANGER, "out", self.env.user)},
        )
        with self.assertRaisesRegex(UserError, "meantime"):
            wizard.action_done()

    def test_review__a_stranger_cannot_be_enrolled(self):
        self.chat._bind("@maths3a")
        self._read_by_the_gateway()
        wizard = self._review()
        wizard.there_ids.filtered(lambda line: line.name == "Str").choice_there = "enrol"
        with self.assertRaisesRegex(UserError, "Str"):
            wizard.action_done()
        self.assertFalse(self.chat.is_reviewed)

    def test_review__too_early(self):
        self.chat._bind("@maths3a")
        with self.assertRaisesRegex(UserError, "not read"):
            self._review()

    def test_guest__forgotten_when_on_the_roster(self):
        self._read_by_the_gateway()
        member = self.chat.member_ids.filtered(lambda one: one.tg_user_id == KNOWN)
        member.action_let_in()
        self.assertEqual(member.guest_decision, "in")
        self.chat._set_roster([{"partner_id": self.amina.id}])
        self.assertFalse(self.env["telegram.guest"].search([("tg_user_id", "=", KNOWN)]))

    def test_guest__decided_by_managers_only(self):
        self._read_by_the_gateway()
        reader = new_test_user(self.env, login="late_reader", groups="telegram_base.group_user")
        with self.assertRaises(AccessError):
            self.chat.member_ids.with_user(reader).action_turn_away()

    def _seen_as(self, default_rights, history="hidden"):
        self.env.cr.execute(
            "UPDATE telegram_chat_state SET default_rights = %s, history = %s WHERE chat_id = %s",
            [default_rights, history, self.chat.id],
        )
        self.chat.invalidate_cache()

    def test_bind__nothing_is_closed_unasked(self):
        self.assertEqual((self.chat.is_closed, self.chat.history), (True, "visible"))
        self.chat._bind("@maths3a")
        self.assertEqual((self.chat.is_closed, self.chat.history), (False, False))

    def test_review__shows_what_members_may_and_asks(self):
        self.chat._bind("@maths3a")
        self._read_by_the_gateway()
        self._seen_as('{"change_info": true}')
        wizard = self._review()
        self.assertEqual(
            wizard.openness,
            "Members may add people, members may pin messages, newcomers do not see the history.",
        )
        wizard.action_done()
        # undecided: left as it is
        self.assertEqual((self.chat.is_closed, self.chat.history), (False, False))

    def test_review__closed_when_somebody_says_so(self):
        self.chat._bind("@maths3a")
        self._read_by_the_gateway()
        self._seen_as('{"change_info": true}')
        wizard = self._review()
        wizard.write({"closing_choice": "close", "history_choice": "visible"})
        wizard.action_done()
        self.assertEqual((self.chat.is_closed, self.chat.history), (True, "visible"))

    def test_closed_later_by_the_button(self):
        self.chat._bind("@maths3a")
        self.chat.is_reviewed = True
        before = self._reconciles()
        self.chat.action_close_to_members()
        self.assertTrue(self.chat.is_closed)
        self.assertGreater(self._reconciles(), before)

    def test_closed_group__says_so(self):
        self._read_by_the_gateway()
        self.assertEqual((self.chat.is_open, self.chat.openness), (False, False))  # not read yet
        rights = '{"change_info": true, "invite_users": true, "pin_messages": true}'
        self._seen_as(rights, "visible")
        self.assertFalse(self.chat.is_open)
        self.assertEqual(
            self.chat.openness,
            "Members add nobody, pin nothing and change no info, newcomers see the history.",
        )

    def test_new_group_in_place_of_a_lost_one__closed(self):
        self.chat._bind("@maths3a")
        self._make_ready()
        self.env.cr.execute(
            "UPDATE telegram_chat_state SET state = 'broken', error_code = 'CHANNEL_PRIVATE'"
        )
        self.chat.invalidate_cache()
        self.chat.action_new_group()
        self.assertEqual((self.chat.is_closed, self.chat.history), (True, "visible"))

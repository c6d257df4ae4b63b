from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user

from ..common import TelegramCase

AMINA = 7000000001


class TestAdvice(TelegramCase):
    """A member's state, its reason and the advice, for each state of the contract."""

    def _member(self, state, partner=True, **columns):
        self.env.cr.execute("DELETE FROM telegram_member")
        values = {
            "chat_id": self.chat.id,
            "partner_id": self.amina.id if partner else None,
            "tg_user_id": None if state == "waiting_link" else AMINA,
            "state": state,
            "name": "Amina T",
        }
        values.update(columns)
        names = sorted(values)
        self.env.cr.execute(
            "INSERT INTO telegram_member (%s) VALUES (%s) RETURNING id"
            % (", ".join(names), ", ".join(["%s"] * len(names))),
            [values[name] for name in names],
        )
        self.env["telegram.member"].invalidate_cache()
        return self.env["telegram.member"].browse(self.env.cr.fetchone()[0])

    def _roster(self, status, reason=False):
        self.chat._set_roster([{"partner_id": self.amina.id, "status": status, "reason": reason}])

    def test_every_state__where_they_stand_and_what_to_do(self):
        cases = [
            # state, roster, columns, standing, words of the advice
            ("waiting_link", "in", {}, "waiting", "Print their link"),
            ("welcome", "in", {}, "waiting", "reminds them twice"),
            ("welcome", "in", {"error_code": "missing_invitee"}, "waiting", "added directly"),
            ("welcome", "in", {"seen_status": "out"}, "waiting", "in the group before"),
            ("requested", "in", {"seen_status": "requested"}, "waiting", "within moments"),
            ("requested", "out", {"seen_status": "requested"}, "decide", "Enrol them"),
            ("in", "in", {"seen_status": "in"}, "in", ""),
            ("left", "in", {"seen_status": "out"}, "waiting", "left by themselves"),
            ("left", "out", {"seen_status": "out"}, "other", ""),
            ("removing", "out", {"seen_status": "in"}, "other", ""),
            ("removed", "in", {"seen_status": "out"}, "waiting", "Somebody removed"),
            ("removed", "out", {"seen_status": "out"}, "other", ""),
            ("banned", "in", {"seen_status": "banned"}, "waiting", "lift the ban"),
            ("banned", "banned", {"seen_status": "banned"}, "other", "Unblock them"),
            ("banned", "out", {"seen_status": "banned"}, "other", "Enrol them again"),
            ("guest", "out", {"seen_status": "in"}, "decide", "Enrol them"),
            ("undecided", "undecided", {"seen_status": "in"}, "decide", "Decide"),
            ("held", "out", {"seen_status": "in"}, "decide", "Confirm the removals"),
            ("failed", "in", {"error_code": "ADMINS_TOO_MUCH"}, "decide", "Compare now"),
        ]
        seen = set()
        for state, status, columns, standing, words in cases:
            with self.subTest("%s, roster %s" % (state, status)):
                self._roster(status)
                member = self._member(state, **columns)
                self.assertEqual(member.standing, standing)
                if words:
                    self.assertIn(words, member.advice)
                else:
                    self.assertFalse(member.advice)
            seen.add(state)
        states = {code for code, _text in member._fields["state"].selection}
        self.assertEqual(seen, states)

    def test_guest__until_somebody_has_decided(self):
        guest = self._member("guest", partner=False, seen_status="in")
        self.assertEqual(guest.standing, "decide")
        self.assertIn("Say who this is", guest.advice)
        guest.action_ignore()
        guest.invalidate_cache()
        self.assertEqual(guest.standing, "other")
        self.assertIn("any more", guest.advice)

    def test_waiting_link__what_the_mails_did(self):
        self._roster("in")
        member = self._member("waiting_link")
        self.assertIn("enter an e-mail address", member.advice)
        self.amina.email = "amina@example.com"
        member.invalidate_cache()
        self.assertIn("send it by e-mail", member.advice)
        self.env["telegram.mailing"].create(
            {
                "partner_id": self.amina.id,
                "kind": "link",
                "sent_count": 2,
                "sent_at": "2026-03-02 10:00:00",
            }
        )
        member.invalidate_cache()
        self.assertIn("2 e-mails", member.advice)
        self.assertIn("2026", member.advice)

    def test_welcome__whom_the_bot_cannot_write_to(self):
        self._roster("in")
        self._make_ready()
        self.env["telegram.contact"]._confirm(self.amina, AMINA)
        self.env["telegram.bot"]._invite_roster(self.chat, "https://t.me/+abc")
        self._sent(AMINA).write({"state": "failed", "error_code": "USER_IS_BLOCKED"})
        self.assertIn("unblock the bot", self._member("welcome").advice)

    def test_reason__of_who_is_out(self):
        self._roster("banned", "blocked")
        self.assertEqual(self._member("banned").reason_text, "Blocked at the school")
        self._roster("in")
        self.assertFalse(self._member("in").reason_text)

    def test_counts__and_whom_the_gateway_has_not_looked_at(self):
        self._roster("in")
        self.assertEqual(self.chat.unseen_names, "Amina <b>")
        self._member("welcome")
        self.chat.invalidate_cache()
        counts = (self.chat.in_count, self.chat.waiting_count, self.chat.decide_count)
        self.assertEqual(counts, (0, 1, 0))
        self.assertFalse(self.chat.unseen_names)

    def test_order__what_needs_somebody_comes_first(self):
        self._roster("in")
        members = self._member("in", seen_status="in")
        for number, state in enumerate(("guest", "welcome", "left"), 1):
            self.env.cr.execute(
                "INSERT INTO telegram_member (chat_id, tg_user_id, state) VALUES (%s, %s, %s)",
                [self.chat.id, number, state],
            )
        members = self.chat.member_ids._in_order()
        self.assertEqual(members.mapped("state"), ["guest", "welcome", "in", "left"])

    def test_invite_again__by_whoever_may_see_them(self):
        self._roster("in")
        self._make_ready()
        self.env["telegram.contact"]._confirm(self.amina, AMINA)
        member = self._member("welcome")
        before = len(self._sent(AMINA))
        user = new_test_user(self.env, "sees", groups="telegram_base.group_user")
        member.with_user(user).action_invite_again()
        self.assertEqual(len(self._sent(AMINA)), before + 1)
        stranger = new_test_user(self.env, "stranger", groups="base.group_portal")
        with self.assertRaises(AccessError):
            member.with_user(stranger).action_invite_again()

    def test_invite_again__says_what_stands_in_the_way(self):
        self._roster("in")
        with self.assertRaises(UserError):
            self._member("welcome").action_invite_again()  # the group is not ready
        self._roster("out")
        with self.assertRaises(UserError):
            self._member("removed").action_invite_again()

    def test_decide__by_the_owner_or_a_sentence(self):
        self._roster("undecided")
        member = self._member("undecided")
        with self.assertRaises(UserError):
            member.action_enrol()  # a contact enrols nobody
        asked = []

        def decided(_self, _chat, partner, is_enrolled):
            asked.append((partner, is_enrolled))
            return True

        self._hook("_telegram_on_decided", decided)
        member.action_enrol()
        member.action_not_enrol()
        self.assertEqual(asked, [(self.amina, True), (self.amina, False)])
        user = new_test_user(self.env, "sees2", groups="telegram_base.group_user")
        with self.assertRaises(AccessError):
            member.with_user(user).action_enrol()

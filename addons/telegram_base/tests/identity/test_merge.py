from ..common import TelegramCase


class TestMerge(TelegramCase):
    def _merge(self):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.amina | self.omar).ids, self.amina)
        self.assertFalse(self.omar.exists())

    def _roster(self, *entries):
        self.chat._set_roster([{"partner_id": p.id, "role": r, "status": s} for p, r, s in entries])

    def test_contacts__linked_before_unlinked(self):
        contacts = self.env["telegram.contact"]
        contacts._confirm(self.omar, 1)
        contacts._confirm(self.amina, 1)._revoke()
        contacts._confirm(self.omar, 2)
        self._merge()
        rows = contacts.search([("partner_id", "=", self.amina.id)])
        self.assertEqual(sorted(rows.mapped("tg_user_id")), [1, 2])
        self.assertEqual(set(rows.mapped("state")), {"confirmed"})

    def test_roster__in_before_out_and_the_higher_role(self):
        self._roster((self.amina, "student", "out"), (self.omar, "teacher", "in"))
        before = self._reconciles()
        self._merge()
        row = self.chat.roster_ids
        self.assertEqual((row.partner_id, row.role, row.status), (self.amina, "teacher", "in"))
        self.assertGreater(self._reconciles(), before)

    def test_roster__a_ban_stays(self):
        self._roster((self.amina, "student", "in"), (self.omar, "student", "banned"))
        self._merge()
        self.assertEqual(self.chat.roster_ids.status, "banned")

    def test_roster__only_the_source_has_a_row(self):
        self._roster((self.omar, "supervisor", "in"))
        self._merge()
        row = self.chat.roster_ids
        self.assertEqual((row.partner_id, row.role), (self.amina, "supervisor"))

    def _member(self, partner, tg_user_id=None):
        self.env.cr.execute(
            "INSERT INTO telegram_member (chat_id, partner_id, tg_user_id) VALUES (%s, %s, %s)",
            [self.chat.id, partner.id, tg_user_id],
        )

    def _members(self):
        self.env.cr.execute(
            "SELECT partner_id, tg_user_id FROM telegram_member WHERE chat_id = %s ORDER BY 2",
            [self.chat.id],
        )
        return self.env.cr.fetchall()

    def test_members__two_without_account(self):
        self._member(self.amina)
        self._member(self.omar)
        self._merge()
        self.assertEqual(self._members(), [(self.amina.id, None)])

    def test_members__accounts_stay_apart(self):
        self._member(self.amina)
        self._member(self.omar, 1)
        self._member(self.omar, 2)
        self._merge()
        self.assertEqual(self._members(), [(self.amina.id, 1), (self.amina.id, 2)])

    def test_links__move_along(self):
        token = self._token(self.omar)
        self._merge()
        self.assertEqual(self.env["telegram.link"]._find(token).partner_id, self.amina)

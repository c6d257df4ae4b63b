from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged

from ..common import TelegramCase


@tagged("post_install", "-at_install")
class TestContactLog(TelegramCase):
    """The log of reads and changes of an identity; the gateway's facts write nothing into it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        users = cls.env["res.users"].with_context(no_reset_password=True)
        cls.reader, cls.manager = (
            users.create(
                {"name": name, "login": name, "groups_id": [(6, 0, cls.env.ref(group).ids)]}
            )
            for name, group in (
                ("log-reader", "telegram_base.group_user"),
                ("log-manager", "telegram_base.group_manager"),
            )
        )
        may_export = cls.env.ref("base.group_allow_export", raise_if_not_found=False)
        if may_export:
            cls.reader.groups_id |= may_export
        cls.contact = cls.env["telegram.contact"]._confirm(
            cls.amina, 7001, {"name": "Amina B", "username": "amina", "phone": "+33600000001"}
        )

    def log(self, partner=None, looked=True):
        domain = [("partner_id", "=", (partner or self.amina).id)]
        domain.append(("kind", "=" if looked else "!=", "looked"))
        return self.env["telegram.contact.log"].search(domain, order="id")

    def as_(self, user):
        self.env.cache.invalidate()
        return self.contact.with_user(user)

    def test_looked__once_a_day_for_each_user(self):
        for user in (self.reader, self.manager):
            for _again in range(2):
                self.as_(user).read(["phone"])
        self.assertEqual(self.log().mapped("user_id"), self.reader | self.manager)
        self.assertEqual(len(self.log()), 2)
        self.env.cr.execute("UPDATE telegram_contact_log SET at = at - interval '1 day'")
        self.as_(self.reader).read(["username"])
        self.assertEqual(len(self.log()), 3)

    def test_looked__however_it_is_read(self):
        self.env["telegram.question"]._ask(self.contact, "suggested")
        ways = {
            "read": lambda one: one.read(),
            "search_read": lambda one: one.search_read([("id", "=", one.id)], ["username"]),
            "export_data": lambda one: one.export_data(["phone"]),
            "field": lambda one: one.phone,
            "partner": lambda one: one.partner_id.read(["telegram_username"]),
            "partner exported": lambda one: one.partner_id.export_data(["telegram_username"]),
            "question": lambda one: one.env["telegram.question"].search_read([], ["sentence"]),
            "list of people": lambda one: one.env["telegram.person"].search_read(
                [("id", "=", self.amina.id)], ["name", "username"]
            ),
        }
        for name, way in ways.items():
            self.env.cr.execute("DELETE FROM telegram_contact_log")
            way(self.as_(self.reader))
            self.assertEqual(len(self.log()), 1, name)

    def test_not_looked__name_and_state_alone(self):
        for user in (self.reader, self.manager):
            self.as_(user).read(["name", "state", "partner_id"])
            self.assertEqual(self.as_(user).state, "confirmed")
            self.as_(user).name_get()
            self.as_(user).partner_id.read(["telegram_state", "telegram_since", "name"])
        self.assertFalse(self.log())

    def test_not_looked__the_school_s_own_machinery(self):
        self.as_(self.reader).sudo().read(["phone"])
        self._say("/start", tg_user_id=7001)
        self.assertFalse(self.log())

    def test_not_looked__oneself(self):
        self.contact.flush()
        own = self.env["telegram.contact"]._confirm(self.reader.partner_id, 7002)
        own.invalidate_cache()
        own.with_user(self.reader).read(["phone"])
        self.assertFalse(self.log(self.reader.partner_id))

    def test_not_looked__what_one_may_not_read(self):
        company = self.env["res.company"].create({"name": "Autre"})
        self.amina.company_id = company
        self.contact.flush()
        with self.assertRaises(AccessError):
            self.as_(self.reader).read(["phone"])
        self.assertFalse(self.log())

    def test_looked__the_same_queries_for_200(self):
        people = self.env["res.partner"].create([{"name": "P %s" % n} for n in range(200)])
        contacts = self.env["telegram.contact"].create(
            [
                {"partner_id": one.id, "tg_user_id": 9000 + one.id, "username": "u%s" % one.id}
                for one in people
            ]
        )
        self.env["base"].flush()
        counts = []
        for some in (contacts[2:4], contacts[:2], contacts[4:]):
            self.as_(self.reader).env.user.has_group("base.group_user")
            before = self.env.cr.sql_log_count
            some.with_user(self.reader).read(["name", "phone", "username"])
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])
        self.assertEqual(len(self.log(people[0])), 1)
        self.assertEqual(len(self.log(people[-1])), 1)

    def test_looked__reading_goes_on_where_nothing_can_be_written(self):
        self.env["base"].flush()
        self.env.cr.execute("SAVEPOINT quiet")
        self.env.cr.execute("SET LOCAL transaction_read_only = on")
        [row] = self.as_(self.reader).read(["phone"])
        self.assertEqual(row["phone"], "+33600000001")
        self.env.cr.execute("ROLLBACK TO SAVEPOINT quiet")
        self.assertFalse(self.log())

    def test_changes__each_one_with_before_and_after(self):
        self.contact.with_user(self.manager).write({"phone": "+33600000002"})
        self.contact.with_user(self.manager).action_revoke()
        self.contact.write({"partner_id": self.omar.id})
        rows = [(row.kind, row.user_id, row.before, row.after) for row in self.log(looked=False)]
        us = self.env.user
        self.assertEqual(
            rows,
            [
                ("linked", us, False, False),
                ("phone", self.manager, "+33600000001", "+33600000002"),
                ("unlinked", self.manager, False, False),
                ("moved", us, self.amina.display_name, self.omar.display_name),
            ],
        )
        self.assertEqual(self.log(self.omar, looked=False).mapped("kind"), ["moved"])
        self.assertEqual(self.log(looked=False)[0].account, "Amina B (7001)")

    def test_changes__nothing_changed_nothing_logged(self):
        before = self.log(looked=False)
        self.contact.write({"phone": "+33600000001", "state": "confirmed", "name": "Autrement"})
        self.assertEqual(self.log(looked=False), before)

    def test_changes__by_the_bot(self):
        self._say("/unlink_all", tg_user_id=7001)
        self.assertEqual(self.log(looked=False)[-1].kind, "unlinked")

    def test_changes__people_who_turn_out_to_be_one(self):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.amina | self.omar).ids, self.omar)
        moved = self.log(self.omar, looked=False).filtered(lambda row: row.kind == "moved")
        self.assertEqual(len(moved), 1)
        self.assertEqual((moved.before, moved.after), ("Amina <b>", "Omar"))

    def test_rights__administrators_read_and_nobody_writes(self):
        self.as_(self.reader).read(["phone"])
        row = self.log()
        with self.assertRaises(AccessError):
            row.with_user(self.reader).read(["kind"])
        self.assertEqual(row.with_user(self.manager).read(["kind"])[0]["kind"], "looked")
        for user in (self.manager, self.env.user):
            with self.assertRaises((AccessError, UserError)):
                row.with_user(user).write({"kind": "linked"})
            with self.assertRaises((AccessError, UserError)):
                row.with_user(user).unlink()

    def test_button__shows_the_person_s_own(self):
        action = self.amina.with_user(self.manager).action_telegram_log()
        self.assertEqual(action["domain"], [("partner_id", "=", self.amina.id)])

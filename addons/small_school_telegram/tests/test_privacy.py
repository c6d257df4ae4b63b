from odoo.exceptions import AccessError, UserError
from odoo.tests.common import HOST, HttpCase, tagged
from odoo.tools import config

from .rights_records import school

PHONE = "+33600000001"
#: Models that say who somebody is on Telegram, with a field that does.
IDENTITIES = {
    "telegram.contact": "phone",
    "telegram.contact.log": "after",
    "telegram.person": "phone",
    "telegram.lookup": "number",
    "telegram.outbox": "payload",
    "telegram.inbox": "payload",
    "telegram.removal": "name",
    "telegram.mailing": "partner_id",
}
#: Ways from records that a teacher may read to a telephone number on Telegram.
PATHS = {
    "res.partner": ("telegram_contact_ids.phone", "telegram_lookup_ids.number"),
    "res.users": ("partner_id.telegram_contact_ids.phone", "telegram_contact_ids.phone"),
    "telegram.member": ("partner_id.telegram_contact_ids.phone",),
    "telegram.roster": ("partner_id.telegram_contact_ids.phone",),
    "small_school.enrolment": ("partner_id.telegram_contact_ids.phone",),
    "small_school.attendance": ("partner_id.telegram_lookup_ids.number",),
}
HIDDEN = (
    "telegram_contact_ids",
    "telegram_state",
    "telegram_username",
    "telegram_lookup_ids",
    "telegram_invite_ids",
)
#: Portal users may not export any model.
_REFUSED = {"export_data": (AccessError, UserError)}


@tagged("post_install", "-at_install")
class TestPrivacy(HttpCase):
    """Teachers see names and states of their classrooms and no telephone numbers of Telegram;
    people on the portal see their own: whatever way they ask."""

    def setUp(self):
        super().setUp()
        self.known, people = school(self.env)
        users = self.env["res.users"].with_context(no_reset_password=True)
        may_export = self.env.ref("base.group_allow_export", raise_if_not_found=False)
        self.users = {}
        for role, group in (
            ("student", "base.group_portal"),
            ("guardian", "base.group_portal"),
            ("teacher", "small_school.group_teacher"),
            ("supervisor", "small_school.group_supervisor"),
        ):
            groups = self.env.ref(group)
            if may_export and role in ("teacher", "supervisor"):
                groups |= may_export  # the most that a school may have given them
            self.users[role] = users.create(
                {
                    "login": "privacy-" + role,
                    "password": "privacy-" + role,
                    "partner_id": people[role].id,
                    "groups_id": [(6, 0, groups.ids)],
                }
            )
        self.env["telegram.lookup"].create({"partner_id": people["student"].id, "number": PHONE})
        self.env["base"].flush()

    def calls(self):
        """Return (model, method, arguments) of each way to see an identity, or to find it by its
        number."""
        for model, field in IDENTITIES.items():
            row = self.env[model].search([], limit=1).ids or [1]
            yield model, "read", [row, [field]]
            yield model, "search_read", [[], [field]]
            yield model, "search_count", [[(field, "like", "+33")]]
            yield model, "name_search", ["+33"]
            yield model, "export_data", [row, [field]]
            yield model, "read_group", [[], [field], [field]]
        student, users = self.known["res.partner"].ids, self.users["student"].ids
        enrolment = self.known["small_school.enrolment"].ids
        for field in HIDDEN:
            yield "res.partner", "read", [student, [field]]
            yield "res.partner", "export_data", [student, [field]]
            yield "res.users", "export_data", [users, [field]]
            yield "small_school.enrolment", "export_data", [enrolment, ["partner_id/" + field]]
        yield "res.partner", "search", [[("telegram_state", "=", "linked")]]
        for model, paths in PATHS.items():
            for path in paths:
                yield model, "search", [[(path, "like", "+33")]]
                yield model, "search_read", [[(path, "=", PHONE)], ["display_name"]]

    def test_identities__by_orm(self):
        for role, user in self.users.items():
            for model, method, arguments in self.calls():
                self.env.cache.invalidate()
                records = self.env[model].with_user(user)
                if method in ("read", "export_data"):
                    records, arguments = records.browse(arguments[0]), arguments[1:]
                refused = _REFUSED.get(method, AccessError)
                with self.assertRaises(refused, msg=(role, model, method, arguments)):
                    getattr(records, method)(*arguments)

    def test_identities__by_rpc(self):
        for role in self.users:
            self.authenticate("privacy-" + role, "privacy-" + role)
            for model, method, arguments in self.calls():
                answer = self.rpc(model, method, arguments)
                context = (role, model, method, arguments, answer.get("result"))
                self.assertIn("error", answer, context)
                refused = ["odoo.exceptions.AccessError"]
                refused += ["odoo.exceptions.UserError"] * (method in _REFUSED)
                self.assertIn(answer["error"]["data"]["name"], refused, context)

    def test_fields__are_not_even_named(self):
        for user in self.users.values():
            named = self.env["res.partner"].with_user(user).fields_get()
            self.assertFalse(set(HIDDEN) & set(named))

    def test_teacher__sees_names_and_states_of_their_classrooms(self):
        members = self.env["telegram.member"].with_user(self.users["teacher"])
        self.assertNotIn("phone", members.fields_get())
        self.env.cr.execute(
            "INSERT INTO telegram_member (chat_id, partner_id, tg_user_id, state)"
            " VALUES (%s, %s, 7001, 'welcome')",
            [self.known["telegram.chat"].id, self.known["res.partner"].id],
        )
        [row] = members.search_read([], ["display_person", "state_text"])
        self.assertEqual(row["display_person"], "Amina")
        self.assertTrue(row["state_text"])

    def test_portal__every_row_is_one_s_own(self):
        """All rows that the portal lets a student read, by search, by group or as a number, are
        their own."""
        student = self.known["res.partner"]
        own = {
            "small_school.enrolment": [("partner_id", "!=", student.id)],
            "small_school.attendance": [("partner_id", "!=", student.id)],
            "small_school.classroom": [("id", "!=", self.known["small_school.classroom"].id)],
            "small_school.lesson": [("is_own", "=", False)],
        }
        other = self.env["res.partner"].create({"name": "Bilal"})
        elsewhere = self.env["small_school.classroom"].search([("name", "=", "Ailleurs")])
        self.env["small_school.enrolment"].create(
            [
                {"classroom_id": one.id, "partner_id": other.id}
                for one in elsewhere | self.known["small_school.classroom"]
            ]
        )
        self.env["base"].flush()
        self.authenticate("privacy-student", "privacy-student")
        for model, foreign in own.items():
            for method, arguments in (
                ("search", [foreign]),
                ("search_count", [foreign]),
                ("search_read", [foreign, ["display_name"]]),
                ("name_search", ["", foreign]),
                ("read_group", [foreign, ["display_name"], ["create_uid"]]),
            ):
                self.assertFalse(self.rpc(model, method, arguments)["result"], (model, method))
            self.assertTrue(self.rpc(model, "search", [[]])["result"], model)

    def rpc(self, model, method, arguments):
        call = {"model": model, "method": method, "args": arguments, "kwargs": {}}
        return self.opener.post(
            "http://%s:%s/web/dataset/call_kw" % (HOST, config["http_port"]),
            json={"jsonrpc": "2.0", "method": "call", "params": call},
        ).json()

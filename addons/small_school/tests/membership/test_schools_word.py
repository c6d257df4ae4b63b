from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests.common import HOST, HttpCase, tagged
from odoo.tools import config

from ...models.membership.res_partner import SCHOOL_FIELDS
from ..common import SchoolCase

SALES = ["base.group_user", "base.group_partner_manager"]


@tagged("post_install", "-at_install")
class TestSchoolsWord(SchoolCase):
    """Guardians, blocks and student numbers decide who speaks for a child and who is let in: only
    the school sets them, whatever way they come."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        contacts = "base.group_partner_manager"
        cls.mother = cls.env["res.partner"].create({"name": "Mme Zérouki"})
        cls.amina.guardian_ids = cls.mother
        # a teacher and a supervisor whose time is over, and a supervisor of another class
        former, gone, elsewhere = cls.env["res.partner"].create(
            [{"name": name} for name in ("Ancien", "Ancienne", "Ailleurs")]
        )
        before = fields.Date.subtract(fields.Date.today(), days=20)
        cls.env["small_school.assignment"].create(
            [
                {
                    "classroom_id": cls.classroom.id,
                    "partner_id": partner.id,
                    "role": role,
                    "date_from": before,
                    "date_to": fields.Date.subtract(fields.Date.today(), days=3),
                }
                for partner, role in ((former, "teacher"), (gone, "supervisor"))
            ]
        )
        cls.env["small_school.classroom"].create(
            {
                "name": "Autre",
                "assignment_ids": [(0, 0, {"partner_id": elsewhere.id, "role": "supervisor"})],
            }
        )
        cls.strangers = {
            "salesman": cls.user("word-sales", SALES),
            "former teacher": cls.user(
                "word-former", ["small_school.group_teacher", contacts], former
            ),
            "former supervisor": cls.user(
                "word-gone", ["small_school.group_supervisor", contacts], gone
            ),
            "supervisor of another class": cls.user(
                "word-other", ["small_school.group_supervisor", contacts], elsewhere
            ),
            "parent": cls.user("word-parent", ["base.group_portal"], cls.mother),
        }
        cls.own = cls.user("word-own", ["small_school.group_supervisor", contacts], cls.supervisor)
        cls.boss = cls.user("word-boss", ["small_school.group_manager"])

    def _values(self, user):
        mine = user.partner_id.id
        return (
            (self.amina, {"guardian_ids": [(4, mine)]}),
            (self.amina, {"guardian_ids": [(3, self.mother.id)]}),
            (self.amina, {"guardian_ids": [(5,)]}),
            (self.amina, {"guardian_ids": [(0, 0, {"name": "Nouveau"})]}),
            (self.amina, {"told_guardian_ids": [(4, self.mother.id)]}),
            (self.amina, {"student_blocked": True}),
            (self.amina, {"student_number": "X-1"}),
            (self.amina, {"student_number": False}),
            (user.partner_id, {"ward_ids": [(4, self.amina.id)]}),
            (self.mother, {"ward_ids": [(6, 0, [])]}),
            (user.partner_id, {"child_ids": [(1, self.amina.id, {"student_number": "X-1"})]}),
        )

    def test_strangers__write_none_of_it(self):
        for role, user in self.strangers.items():
            for partner, values in self._values(user):
                with self.assertRaises(AccessError, msg=(role, values)):
                    partner.with_user(user).write(values)

    def test_strangers__make_nobody_with_it(self):
        for role, user in self.strangers.items():
            partners = self.env["res.partner"].with_user(user)
            wards = {"ward_ids": [(4, self.amina.id)]}
            with self.assertRaises(AccessError, msg=role):
                partners.create(dict(wards, name="Tante"))
            with self.assertRaises(AccessError, msg=role):
                partners.with_context(default_ward_ids=[(4, self.amina.id)]).create({"name": "T"})
            with self.assertRaises(AccessError, msg=role):
                partners.create({"name": "Société", "child_ids": [(0, 0, dict(wards, name="T"))]})
        for role in ("salesman", "former teacher"):
            partners = self.env["res.partner"].with_user(self.strangers[role])
            for values in ({"student_number": "X-2"}, {"student_blocked": True}):
                with self.assertRaises(AccessError, msg=(role, values)):
                    partners.create(dict(values, name="Nouveau"))

    def test_salesman__imports_none_of_it(self):
        partners = self.env["res.partner"].with_user(self.strangers["salesman"])
        for name, value in (("student_number", "X-3"), ("ward_ids/.id", str(self.amina.id))):
            done = partners.load(["name", name], [["Nouveau", value]])
            self.assertFalse(done["ids"], name)
            self.assertTrue(done["messages"])

    def test_salesman__works_on_with_contacts(self):
        partners = self.env["res.partner"].with_user(self.strangers["salesman"])
        # the values that a form with these fields sends
        empty = {"student_number": False, "student_blocked": False, "guardian_ids": [(6, 0, [])]}
        partner = partners.create(dict(empty, name="Client"))
        partner.write({"name": "Cliente", "student_blocked": False})
        self.amina.with_user(self.strangers["salesman"]).write(
            {"phone": "1", "student_number": "T1", "guardian_ids": [(6, 0, self.mother.ids)]}
        )
        copy = self.mother.with_user(self.strangers["salesman"]).copy()
        self.assertFalse(copy.sudo().ward_ids)
        partner.unlink()
        with self.assertRaises(AccessError):
            self.mother.with_user(self.strangers["salesman"]).unlink()

    def test_salesman__merges_nobody_with_it(self):
        user = self.strangers["salesman"]
        me = user.partner_id.copy({"name": "Moi"})
        wizards = self.env["base.partner.merge.automatic.wizard"].with_user(user)
        with self.assertRaises(AccessError):
            wizards._merge([self.mother.id, me.id], me.with_user(user), extra_checks=False)
        self.assertEqual(self.amina.guardian_ids, self.mother)

    def test_school__says_it(self):
        for user in (self.boss, self.own):
            amina, aunt = self.amina.with_user(user), self.env["res.partner"].create({"name": "T"})
            amina.write(
                {
                    "guardian_ids": [(4, aunt.id)],
                    "told_guardian_ids": [(4, aunt.id)],
                    "student_number": "N-%s" % user.id,
                }
            )
            aunt.with_user(user).write({"ward_ids": [(4, self.bilal.id)]})
            self.assertEqual(self.bilal.guardian_ids & aunt, aunt)
            amina.write({"student_blocked": True})
            amina.sudo().write({"student_blocked": False})
            self.env["res.partner"].with_user(user).create(
                {"name": "Neuf", "student_number": "M-%s" % user.id}
            )

    def test_supervisor__not_for_whom_they_enrolled_themselves_today(self):
        stranger = self.env["res.partner"].create({"name": "Inconnu"})
        enrolments = self.env["small_school.enrolment"].with_user(self.own)
        mine = enrolments.create({"classroom_id": self.classroom.id, "partner_id": stranger.id})
        guardian = {"guardian_ids": [(4, self.supervisor.id)]}
        with self.assertRaises(AccessError):
            stranger.with_user(self.own).write(guardian)
        self._yesterday(mine)
        stranger.with_user(self.own).write(guardian)
        # an enrolment is never turned to somebody else; begun again, it is today's work, too
        other = self.env["res.partner"].create({"name": "Autre inconnu"})
        with self.assertRaises(AccessError):
            mine.write({"partner_id": other.id})
        mine.write({"state": "ended"})
        mine.write({"state": "active", "entered_uid": False, "entered_at": False})
        with self.assertRaises(AccessError):
            stranger.with_user(self.own).write({"guardian_ids": [(3, self.supervisor.id)]})

    def _yesterday(self, enrolment):
        self.env["base"].flush()
        self.env.cr.execute(
            "UPDATE small_school_enrolment SET entered_at = entered_at - interval '2 days'"
            " WHERE id = %s",
            [enrolment.id],
        )
        enrolment.invalidate_cache()

    def test_every_field_of_the_kind_is_guarded(self):
        own = {
            name
            for name, field in self.env["res.partner"]._fields.items()
            if field._module == "small_school" and field.store and field.type != "one2many"
        }
        self.assertEqual(own, set(SCHOOL_FIELDS))


@tagged("post_install", "-at_install")
class TestSchoolsWordByRpc(HttpCase):
    def test_salesman__by_rpc(self):
        users = self.env["res.users"].with_context(no_reset_password=True)
        groups = [self.env.ref(one).id for one in SALES]
        user = users.create(
            {
                "name": "rpc-sales",
                "login": "rpc-sales",
                "password": "rpc-sales",
                "groups_id": [(6, 0, groups)],
            }
        )
        child = self.env["res.partner"].create({"name": "Enfant"})
        self.authenticate("rpc-sales", "rpc-sales")
        for method, arguments in (
            ("write", [[child.id], {"guardian_ids": [[4, user.partner_id.id, False]]}]),
            ("write", [[child.id], {"student_blocked": True}]),
            ("create", [{"name": "Tante", "ward_ids": [[4, child.id, False]]}]),
            ("load", [["name", "student_number"], [["Enfant", "X-9"]]]),
        ):
            call = {"model": "res.partner", "method": method, "args": arguments, "kwargs": {}}
            answer = self.opener.post(
                "http://%s:%s/web/dataset/call_kw" % (HOST, config["http_port"]),
                json={"jsonrpc": "2.0", "method": "call", "params": call},
            ).json()
            if method == "load":
                self.assertFalse(answer["result"]["ids"])
                continue
            self.assertEqual(answer["error"]["data"]["name"], "odoo.exceptions.AccessError")
            # in the language of a new user, whichever are installed
            self.assertRegex(answer["error"]["data"]["message"], "the school's|l’école")
        child.invalidate_cache()
        self.assertFalse(child.guardian_ids or child.student_blocked)

import os
import random
from contextlib import contextmanager
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import HOST, HttpCase, tagged
from odoo.tools import config

from .rights_records import Records, own_methods, own_models, school
from .rights_table import METHODS, MODELS

GROUPS = {
    "student": "base.group_portal",
    "guardian": "base.group_portal",
    "employee": "base.group_user",
    "teacher": "small_school.group_teacher",
    "other": "small_school.group_teacher",
    "supervisor": "small_school.group_supervisor",
    "manager": "small_school.group_manager",
    "reader": "telegram_base.group_user",
    "telegram": "telegram_base.group_manager",
    "system": "base.group_system",
}
OPERATIONS = (("r", "read"), ("w", "write"), ("c", "create"), ("d", "unlink"))
_DENIED = (
    "odoo.http.SessionExpiredException",
    "odoo.exceptions.AccessError",
    "odoo.exceptions.AccessDenied",
)
_KEPT = ("odoo.exceptions.UserError", "odoo.exceptions.ValidationError")
_MINUTES_AGO = {"start": -30, "stop": 30}
#: The state that the record needs so that the method has something to do.
_PREPARED = {
    "small_school.attendance.action_take_back": {"status": "absent"},
    "small_school.enrolment.action_unblock": {"state": "blocked"},
    "small_school.enrolment.action_enrol_again": {"state": "ended"},
    "small_school.lesson.action_plan_again": {"state": "cancelled"},
    "small_school.lesson.action_start_now": {"state": "planned", "start": 2, "stop": 60},
    "small_school.lesson.action_end_now": dict(_MINUTES_AGO, state="open"),
    "small_school.lesson.action_prolong": dict(_MINUTES_AGO, state="open"),
}
_ARGUMENTS = {"check_all": ["main"], "pause": ["main"], "resume": ["main"], "ring": [], "page": []}
#: Arguments of methods.
_MORE = {"action_channel": [1, False]}
#: How many of the models are asked for by RPC, of all that the test by ORM goes through;
#: `script/test rights` asks for all. The seed makes a draw again.
_SHARE = float(os.environ.get("RIGHTS_SHARE", "0.2"))
_SEED = int(os.environ.get("RIGHTS_SEED", random.randrange(10**6)))


@tagged("post_install", "-at_install", "telegram_rights")
class TestRightsTable(HttpCase):
    def setUp(self):
        super().setUp()
        known, people = school(self.env)
        self.records = Records(self.env, known)
        users = self.env["res.users"].with_context(no_reset_password=True)
        self.users = {
            "public": self.env.ref("base.public_user"),
            "doorbell": self.env.ref("telegram_base.user_doorbell"),
        }
        for role, group in GROUPS.items():
            values = {
                "login": "rights-" + role,
                "groups_id": [(6, 0, self.env.ref(group).ids)],
            }
            values.update({"partner_id": people[role].id} if role in people else {"name": role})
            self.users[role] = users.create(values)
        for role, user in self.users.items():
            if role != "public":  # who cannot log in
                user.write({"login": "rights-" + role, "password": "rights-" + role})
        roles, *rows = [line.split() for line in MODELS.strip().splitlines()]
        self.table = {model: dict(zip(roles, cells)) for model, *cells in rows}
        self.methods = {
            name: set(self.users) if allowed == ["everybody"] else set(allowed) - {"nobody"}
            for name, *allowed in map(str.split, METHODS.strip().splitlines())
        }

    # -- the table is whole ---------------------------------------------------------------------

    def test_every_model_and_method_is_in_the_table(self):
        self.assertEqual(sorted(self.table), own_models(self.env))
        for model, cells in self.table.items():
            self.assertEqual(set(cells), set(self.users), model)
        self.assertEqual(sorted(self.methods), own_methods(self.env))
        for name, allowed in self.methods.items():
            self.assertLessEqual(allowed, set(self.users), name)

    # -- by ORM ---------------------------------------------------------------------------------

    def test_models__by_orm(self):
        found = {
            model: {role: self._letters(user, model) or "-" for role, user in self.users.items()}
            for model in self.table
        }
        self.maxDiff = None
        self.assertEqual(found, self.table)

    def test_wizards__do_nothing_for_others(self):
        """Odoo 13 itself lets everybody create a wizard of their own, and press its buttons."""
        for name in own_methods(self.env, is_wizard=True):
            model, _dot, method = name.rpartition(".")
            wizard = self.env[model].browse(self.records.of(model))
            for role, user in self.users.items():
                if "w" not in self.table[model][role]:
                    with self._undone():
                        self.env.cr.execute(
                            'UPDATE "%s" SET create_uid = %%s WHERE id = %%s' % wizard._table,
                            [user.id, wizard.id],
                        )
                        with self.assertRaises(AccessError, msg=(role, name)):
                            getattr(wizard.with_user(user), method)()

    def _letters(self, user, model):
        record = self.env[model].with_user(user).browse(self.records.of(model))
        return "".join(letter for letter, operation in OPERATIONS if self._may(record, operation))

    def _may(self, record, operation):
        try:
            record.check_access_rights(operation)
            if not record._transient:  # a wizard belongs to the user who opened it
                record.check_access_rule(operation)
            if operation == "read" and not record._transient:
                everybody = record.with_context(active_test=False)
                self.assertEqual(everybody.search([("id", "=", record.id)]), record)
        except AccessError:
            return False
        return True

    def test_methods__by_orm(self):
        for name, allowed in self.methods.items():
            model, _dot, method = name.rpartition(".")
            for role, user in self.users.items():
                record = self.env[model].with_user(user).browse(self.records.of(model))
                may = True
                with self._undone():
                    self._prepare(name)
                    try:
                        getattr(record, method)(*_ARGUMENTS.get(method, _MORE.get(method, [])))
                        self.env["base"].flush()
                    except AccessError:
                        may = False
                    except UserError:
                        pass  # one may, and it does not fit this record
                self.assertEqual(may, role in allowed, "%s calls %s" % (role, name))

    def _prepare(self, name):
        model = name.rpartition(".")[0]
        record = self.env[model].browse(self.records.of(model))
        now = fields.Datetime.now()
        values = {
            key: now + timedelta(minutes=value) if isinstance(value, int) else value
            for key, value in _PREPARED.get(name, {}).items()
        }
        if values:
            record.write(values)
        self.env["base"].flush()

    @contextmanager
    def _undone(self):
        """Undo everything that is done inside."""
        self.env["base"].flush()
        self.env.cr.execute("SAVEPOINT undone")
        try:
            yield
        finally:
            self.env.cache.invalidate()
            self.env.all.towrite.clear()
            self.env.cr.execute("ROLLBACK TO SAVEPOINT undone")
            self.env.clear()

    # -- by RPC ---------------------------------------------------------------------------------

    def test_models__by_rpc(self):
        """Rights that the table does not give are refused, and those that it gives work."""
        models = sorted(self.table)
        drawn = random.Random(_SEED).sample(models, max(1, round(_SHARE * len(models))))
        for role in self._each_logged_in():
            for model in drawn:
                cells = self.table[model]
                record, letters = self.records.of(model), cells[role]
                calls = (
                    ("r", "read", [[record], ["id"]]),
                    ("w", "write", [[record], {}]),
                    ("c", "create", [{}]),
                    ("d", "unlink", [[record]]),
                )
                for letter, method, arguments in calls:
                    context = "%s: %s of %s (RIGHTS_SEED=%s)" % (role, method, model, _SEED)
                    if letter not in letters:
                        mine = self.env[model].with_user(self.users[role])
                        if letter == "c" and mine.check_access_rights("create", False):
                            continue  # allowed in other classrooms: it depends on the values
                        self.assertFalse(self._may_by_rpc(model, method, arguments), context)
                    elif letter == "r" and not self.env[model]._transient:
                        self.assertTrue(self._may_by_rpc(model, method, arguments), context)

    def test_methods__by_rpc(self):
        others = set(self.methods) - set(_PREPARED)
        for names in (sorted(others), list(_PREPARED)):
            for role in self._each_logged_in():
                for name in names:
                    model, _dot, method = name.rpartition(".")
                    own = [[self.records.of(model)], *_MORE.get(method, [])]
                    arguments = _ARGUMENTS.get(method, own)
                    if role not in self.methods[name]:
                        self._prepare(name)
                        may = self._may_by_rpc(model, method, arguments)
                        self.assertFalse(may, "%s calls %s" % (role, name))

    def test_private_methods__by_rpc(self):
        for role in self._each_logged_in():
            for model, method in (
                ("telegram.contact", "_confirm"),
                ("telegram.inbox", "_cron_ring"),
                ("telegram.outbox", "_enqueue"),
                ("telegram.link", "_new_token"),
            ):
                self.assertFalse(self._may_by_rpc(model, method, []), (role, method))

    def test_public__cannot_log_in(self):
        login = self.users["public"].login
        for password in ("", login, "rights-public"):
            db = self.env.cr.dbname
            self.assertFalse(self.xmlrpc_common.authenticate(db, login, password, {}))

    def _each_logged_in(self):
        """Yield every role, after it has logged in."""
        for role in self.users:
            if role != "public":
                self.authenticate("rights-" + role, "rights-" + role)
                yield role

    def _may_by_rpc(self, model, method, arguments):
        """Return whether the call is not refused. Other errors fail the test, since the method
        would have begun, except for rows that nobody edits."""
        call = {"model": model, "method": method, "args": arguments, "kwargs": {}}
        answer = self.opener.post(
            "http://%s:%s/web/dataset/call_kw" % (HOST, config["http_port"]),
            json={"jsonrpc": "2.0", "method": "call", "params": call},
        ).json()
        if "error" in answer:
            name = answer["error"]["data"]["name"]
            is_kept = method in ("write", "unlink") and name in _KEPT
            self.assertTrue(name in _DENIED or is_kept, answer["error"]["data"])
        return "error" not in answer

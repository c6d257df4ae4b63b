import base64
import json
import random
import uuid
from pathlib import Path
from urllib.parse import quote

from odoo import fields
from odoo.exceptions import UserError
from odoo.http import Controller
from odoo.tests.common import HOST, HttpCase, tagged
from odoo.tools import config, mute_logger

import odoo.addons.telegram_base as telegram_base

from .rights_records import ADDONS, own_models, school

#: Of the strings each entrance gets these, and a share of the others that is the same each time.
ALWAYS = ("\0", "²", "9999-12-31", "0001-01-01", "9" * 20, "[]", "\ud800", "' OR 1=1 --")
SHARE = 5
#: Good values for the arguments of the addresses.
_FORMS = {
    "/my/excuses/ask": ("student", "lesson", "date_from", "date_to", "reason", "document"),
    "/my/telegram/notices": ("mail", "summary"),
    "/telegram/connect": ("step", "process", "error"),
    "/telegram/connect/begin": ("step", "process", "token", "phone", "api_id", "api_hash"),
    "/telegram/connect/<name>/answer": ("step", "code", "password"),
    "/telegram/start/do": ("action",),
    "/my/attendance": ("days",),
}


def hostile():
    path = Path(telegram_base.__file__).parent / "tests" / "hostile.json"
    return [
        one if isinstance(one, str) else one[0] * one[1] for one in json.loads(path.read_text())
    ]


def share(entrance):
    """Return the strings of this entrance: those of every entrance, and some by its name."""
    others = [one for one in hostile() if one not in ALWAYS]
    return list(ALWAYS) + random.Random(entrance).sample(others, SHARE)


def quoted(text):
    return quote(str(text).encode("utf-8", "surrogatepass"), safe="")


def own_controllers(of=Controller):
    """Yield all our controllers; one that extends another addon's is found through that one
    only."""
    for one in of.__subclasses__():
        if one.__module__.split(".")[2:3] and one.__module__.split(".")[2] in ADDONS:
            yield one
        yield from own_controllers(one)


def own_routes():
    """Return {address: (names in it, names of other arguments, type, methods)} of all our
    controllers; the address contains the names without their converters."""
    routes = {}
    for controller in own_controllers():
        for value in vars(controller).values():
            routing = getattr(value, "routing", None)
            for address in (routing or {}).get("routes") or ():
                parts = address.replace(">", "<").split("<")
                inside = [part.rpartition(":")[2] for part in parts[1::2]]
                parts[1::2] = ["<%s>" % name for name in inside]
                plain = "".join(parts)
                code = getattr(value, "original_func", value).__code__
                names = set(code.co_varnames[1 : code.co_argcount]) | set(_FORMS.get(plain, ()))
                names -= set(inside)
                routes[plain] = (inside, sorted(names), routing["type"], routing.get("methods"))
    return routes


@tagged("post_install", "-at_install")
class TestHostile(HttpCase):
    """Hostile values at every entrance: each is answered, never with an error of the server."""

    def setUp(self):
        super().setUp()
        english = self.env["res.lang"].with_context(active_test=False)
        english.search([("code", "=", "en_US")]).active = True
        self.known, self.people = school(self.env)
        groups = ("small_school.group_manager", "telegram_base.group_manager")
        self.user = (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "partner_id": self.people["guardian"].id,
                    "login": "hostile",
                    "password": "hostile",
                    "lang": "en_US",
                    "groups_id": [(6, 0, [self.env.ref(one).id for one in groups])],
                }
            )
        )
        self.base = "http://%s:%s" % (HOST, config["http_port"])
        self.good = {
            "lesson_id": self.known["small_school.lesson"].id,
            "partner_id": self.people["student"].id,
            "excuse_id": 1,
            "name": uuid.uuid4().hex,
            "token": self.env["small_school.feed"]._of(self.people["student"])._token(),
            "kind": "student",
            "id": self.people["student"].id,
            "first": "2026-01-01",
            "last": "2026-03-01",
            "format": "csv",
            "student": self.people["student"].id,
            "date_from": fields.Date.today(),
            "date_to": fields.Date.today(),
            "reason": "fever",
            "step": "bot",
            "days": "30",
        }

    def _address(self, address, inside, values):
        for name in inside:
            address = address.replace("<%s>" % name, quoted(values.get(name, "")))
        return self.base + address

    def _ask(self, address, route, values):
        inside, names, kind, methods = route
        asked = self._address(address, inside, values)
        given = {name: values[name] for name in names if name in values}
        headers = {}
        if kind == "json":
            body = {"jsonrpc": "2.0", "method": "call", "params": given}
            answer = self.opener.post(asked, json=body, allow_redirects=False)
            if answer.status_code == 200 and "error" in answer.json():
                error = answer.json()["error"]["data"]["name"]
                is_said = error.startswith(("odoo.exceptions.", "odoo.http.", "werkzeug."))
                self.assertTrue(is_said, (address, values, answer.json()))
            return answer
        body = "&".join("%s=%s" % (name, quoted(value)) for name, value in given.items())
        if methods and "POST" in methods:
            body = "csrf_token=%s&%s" % (self.csrf, body)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            return self.opener.post(asked, data=body, headers=headers, allow_redirects=False)
        return self.opener.get("%s?%s" % (asked, body))  # Odoo redirects to the language

    def test_every_route_takes_everything(self):
        self.authenticate("hostile", "hostile")
        page = self.url_open("/my/excuses").text
        self.csrf = page.split('name="csrf_token" value="')[1].split('"')[0]
        routes = own_routes()
        self.assertGreater(len(routes), 20)
        self.assertLessEqual(set(_FORMS), set(routes))
        asked, wrong = 0, []
        for address, route in sorted(routes.items()):
            for name in route[0] + route[1]:
                for text in share("%s %s" % (address, name)):
                    if name == "name":
                        text = (text * 32)[:32]
                    is_ours = "\ud800" not in text
                    is_number = name.endswith("_id") or name == "page"
                    is_ours = is_ours and (text.isprintable() or not is_number)
                    if name in route[0] and not is_ours:
                        continue  # no address of ours; Odoo itself fails with any other
                    answer = self._ask(address, route, dict(self.good, **{name: text}))
                    asked += 1
                    if answer.status_code >= 500:
                        wrong.append((address, name, text[:60]))
        self.assertEqual(wrong, [])
        self.assertGreater(asked, 300)

    def test_good_arguments__are_answered(self):
        """The others would otherwise be refused before they get anywhere."""
        self.authenticate("hostile", "hostile")
        routes = own_routes()
        for address, values in (
            ("/classroom/report/<kind>", {}),
            ("/classroom/sheet/<lesson_id>", {}),
            ("/classroom/calendar/<token>.ics", {}),
            ("/telegram/personal-data/<partner_id>", {}),
            ("/telegram/connect", {}),
            ("/my/attendance", {}),
        ):
            answer = self._ask(address, routes[address], dict(self.good, **values))
            self.assertEqual(answer.status_code, 200, address)

    def test_sheet__of_json_of_another_form(self):
        self.authenticate("hostile", "hostile")
        address, values = "/classroom/sheet/<lesson_id>/save", dict(self.good)
        route = own_routes()[address]
        student = self.people["student"].id
        change = {"id": student, "status": "present", "late": 0, "was": "unknown"}
        for changes in (
            *(None, 5, "x", {}, [None], [5], ["x"], [[]], [{}], {"id": 1}, [[[[]]]]),
            *([dict(change, id=wrong)] for wrong in (None, "x", [], {}, 1.5, 2**70)),
            *([dict(change, status=wrong)] for wrong in (None, 5, [], {}, "\0")),
            *([dict(change, late=wrong)] for wrong in ("x", [], {}, 2**70, -1, 1.5)),
            *([dict(change, was=wrong)] for wrong in (None, 5, [], {})),
        ):
            self._ask(address, route, dict(values, changes=changes))
        for reason in (None, 5, [], {}, "\0", "x" * 10000):
            self._ask(address, route, dict(values, changes=[change], reason=reason))

    # -- by RPC -----------------------------------------------------------------------------------

    def _call(self, model, method, *arguments):
        call = {"model": model, "method": method, "args": list(arguments), "kwargs": {}}
        answer = self.opener.post(
            self.base + "/web/dataset/call_kw",
            json={"jsonrpc": "2.0", "method": "call", "params": call},
        )
        self.assertEqual(answer.status_code, 200)
        error = answer.json().get("error")
        if error:
            name = error["data"]["name"]
            self.assertTrue(name.startswith("odoo.exceptions."), (model, method, arguments, error))
        return answer.json()

    def test_methods_that_others_call__with_everything(self):
        self.authenticate("hostile", "hostile")
        enrolment = self.known["small_school.enrolment"].id
        lesson = self.known["small_school.lesson"].id
        odd = [None, True, 5, 2**70, [], {}, [["x"]], {"x": {"y": []}}]
        for model, method, before, count in (
            ("telegram.health", "check_all", [], 1),
            ("telegram.health", "pause", [], 1),
            ("telegram.health", "resume", [], 1),
            ("telegram.health", "retry_commands", [], 3),
            ("telegram.health", "drop_commands", [], 3),
            ("telegram.health", "retry_facts", [], 2),
            ("telegram.health", "drop_facts", [], 2),
            ("small_school.enrolment", "action_unenrol", [[enrolment]], 1),
            ("small_school.enrolment", "action_block", [[enrolment]], 1),
            ("small_school.lesson", "action_prolong", [[lesson]], 1),
            ("small_school.lesson", "action_cancel", [[lesson]], 1),
            ("telegram.lesson", "action_channel", [[self.known["telegram.lesson"].id]], 2),
        ):
            for text in share(method) + odd:
                self._call(model, method, *(before + [text] * count))
            if count > 1:
                for text in share(method) + odd:
                    self._call(model, method, *(before + ["main"] + [text] * (count - 1)))
        self.assertFalse(self.env["telegram.pause"].search([]), "of a pool that there is not")

    def test_dates__that_nobody_means(self):
        self.authenticate("hostile", "hostile")
        tried = 0
        for model in own_models(self.env):
            if model not in self.known or self.env[model]._transient:
                continue
            for name, field in self.env[model]._fields.items():
                if field.type in ("date", "datetime") and field.store and not field.readonly:
                    for day in ("9999-12-31", "0001-01-01"):
                        value = day if field.type == "date" else day + " 23:59:59"
                        self._call(model, "write", [self.known[model].id], {name: value})
                        tried += 1
        self.assertGreater(tried, 8)

    def test_doorbell__rung_with_everything(self):
        bell = self.env.ref("telegram_base.user_doorbell")
        bell.write({"login": "hostile-bell", "password": "hostile-bell"})
        self.env["base"].flush()

        def ring(*arguments):
            call = [self.env.cr.dbname, bell.id, "hostile-bell", "telegram.inbox", "ring"]
            body = {"service": "object", "method": "execute_kw", "args": call + list(arguments)}
            with mute_logger("odoo.http"):
                return self.opener.post(
                    self.base + "/jsonrpc",
                    json={"jsonrpc": "2.0", "method": "call", "params": body},
                )

        for text in share("doorbell"):
            for arguments in ([[text]], [text], [[], {text: text}]):
                self.assertLess(ring(*arguments).status_code, 500, arguments)
        self.assertIn("handled", ring([]).json()["result"])

    # -- files, and facts of the gateway ----------------------------------------------------------

    def test_imports__take_everything_or_say_why_not(self):
        texts = [one for one in hostile() if "\n" not in one and "\r" not in one]
        texts = [one.encode("utf-8", "replace").decode() for one in texts]
        for model, head, columns in (
            ("small_school.import", "Classe;Matricule;Nom;Téléphone;Langue", 5),
            (
                "small_school.timetable.import",
                "Classe;Matière;Jour;Heure;Durée;Enseignant;Début;Fin;Toutes les",
                9,
            ),
        ):
            rows = [";".join(['"%s"' % one.replace('"', "'")] * columns) for one in texts]
            content = base64.b64encode("\n".join([head] + rows).encode())
            wizard = self.env[model].create({"file": content})
            try:
                with self.env.cr.savepoint():
                    wizard.action_preview()
            except UserError:
                pass
            else:
                self.assertTrue(wizard.line_ids, model)
            for text in share(model):
                content = base64.b64encode(text.encode("utf-8", "replace"))
                wizard = self.env[model].create({"file": content})
                with self.assertRaises(UserError):
                    wizard.action_preview()

    def test_facts__are_all_handled(self):
        chat = self.known["telegram.chat"]
        names, account = [], 7770000100
        for text in hostile():
            account += 1
            person = {"tg_user_id": account, "name": text, "username": text, "lang_code": text}
            for kind, payload in (
                ("bot_message", dict(person, text=text, message_id=account)),
                ("bot_message", dict(person, text="/start " + text, message_id=account)),
                ("button_pressed", dict(person, data=text, message_id=account)),
                ("person_changed", person),
                ("request_waiting", dict(person, link=text)),
                ("title_changed", {"title": text, "by": account}),
            ):
                names.append("hostile:%s:%s" % (account, len(names)))
                in_chat = kind in ("request_waiting", "title_changed")
                self.env.cr.execute(
                    "INSERT INTO telegram_inbox (fact, kind, chat_id, payload, occurred_at)"
                    " VALUES (%s, %s, %s, %s, now() AT TIME ZONE 'UTC')",
                    [names[-1], kind, chat.id if in_chat else None, json.dumps(payload)],
                )
        while self.env["telegram.inbox"].ring()["left"]:
            pass
        self.env["telegram.inbox"].invalidate_cache()
        facts = self.env["telegram.inbox"].search([("fact", "in", names)])
        self.assertEqual(len(facts), len(names))
        wrong = facts.filtered(lambda one: one.state != "done")
        self.assertFalse(wrong, [(one.kind, one.payload[:80], one.error) for one in wrong[:5]])

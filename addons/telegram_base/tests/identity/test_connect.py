import base64
import json
import logging
from datetime import timedelta

from nacl.public import PrivateKey, SealedBox

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import HttpCase, new_test_user, tagged

from ..common import TelegramCase

TOKEN = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
GATEWAY = PrivateKey.generate()


def run_gateway(env, state="waiting", process="one", seen="0 seconds", has_api=True):
    """Insert a process row as a running gateway writes it."""
    env.cr.execute(
        "INSERT INTO telegram_process (process, public_key, state, has_api, seen_at)"
        " VALUES (%s, %s, %s, %s, now() AT TIME ZONE 'UTC' - %s::interval)",
        [process, base64.b64encode(bytes(GATEWAY.public_key)).decode(), state, has_api, seen],
    )
    return env["telegram.process"].sudo().search([("process", "=", process)])


def show(env, login, state, kind="user", **columns):
    """Write a login's state as the gateway does; the command that led to it is done."""
    columns = dict({"login": login, "state": state, "kind": kind, "process": "one"}, **columns)
    names = sorted(columns)
    env.cr.execute(
        "INSERT INTO telegram_login ({}) VALUES ({}) ON CONFLICT (login) DO UPDATE SET"
        " state = excluded.state, revision = telegram_login.revision + 1".format(
            ", ".join(names), ", ".join(["%s"] * len(names))
        ),
        [columns[one] for one in names],
    )
    env.cr.execute("UPDATE telegram_outbox SET state = 'done' WHERE kind = 'login'")


class TestConnect(TelegramCase):
    def setUp(self):
        super().setUp()
        self.process = run_gateway(self.env)
        self.logins = self.env["telegram.login"]
        self.commands = self.env["telegram.outbox"].search([("kind", "=", "login")])

    def _command(self):
        return self.env["telegram.outbox"].search([("kind", "=", "login")], limit=1)

    def test_begin__is_sealed_for_that_process_and_that_step(self):
        name = self.logins._begin(self.process, "bot", {"token": TOKEN})
        command = self._command()
        self.assertEqual(
            command._payload(), {"login": name, "process": "one", "kind": "bot", "step": "bot"}
        )
        secret = self.env["telegram.secret"].search([("command_id", "=", command.id)])
        self.assertNotIn(TOKEN, secret.sealed)
        opened = json.loads(SealedBox(GATEWAY).decrypt(base64.b64decode(secret.sealed)).decode())
        self.assertEqual(opened, {"token": TOKEN, "login": name, "step": "bot"})
        minutes = (secret.expires_at - fields.Datetime.now()).total_seconds() / 60
        self.assertTrue(0 < minutes <= 5)
        self.assertTrue(command.expires_at)

    def test_secret__is_forgotten_when_nobody_read_it(self):
        self.logins._begin(self.process, "bot", {"token": TOKEN})
        secrets = self.env["telegram.secret"]
        secrets._cron_forget()
        self.assertEqual(secrets.search_count([]), 1)
        secrets.search([]).write({"expires_at": fields.Datetime.now() - timedelta(seconds=1)})
        secrets._cron_forget()
        self.assertEqual(secrets.search_count([]), 0)

    def test_answer__goes_to_the_process_of_the_login(self):
        name = self.logins._begin(self.process, "phone", {"phone": "+33639980100"})
        show(self.env, name, "waiting_code")
        self.logins._answer(name, "code", {"code": "12345"})
        self.assertEqual(self._command()._payload()["step"], "code")
        self.assertEqual(self.logins._pending(name), "pending")

    def test_answer__not_after_the_end_and_not_to_a_gateway_that_is_gone(self):
        name = self.logins._begin(self.process, "phone", {"phone": "+33639980100"})
        with self.assertRaises(UserError):
            self.logins._answer("0" * 32, "code", {"code": "1"})
        show(self.env, name, "waiting_code")
        self.env.cr.execute("UPDATE telegram_process SET seen_at = seen_at - interval '1 hour'")
        with self.assertRaises(UserError):
            self.logins._answer(name, "code", {"code": "1"})
        show(self.env, name, "failed")
        with self.assertRaises(UserError):
            self.logins._answer(name, "cancel")

    def test_begin__administrators_only(self):
        reader = new_test_user(self.env, login="connect_r", groups="telegram_base.group_user")
        with self.assertRaises(AccessError):
            self.logins.with_user(reader)._begin(self.process, "qr")

    def test_missing__per_process(self):
        self.assertEqual(self.logins._missing(self.process), ["bot", "user"])
        self.env.cr.execute(
            "INSERT INTO telegram_session (account_id, process)"
            " SELECT id, 'one' FROM telegram_account WHERE kind = 'bot'"
        )
        self.env.cr.execute("UPDATE telegram_account SET state = 'connected'")
        self.assertEqual(self.logins._missing(self.process), ["user"])
        other = run_gateway(self.env, process="two")
        self.assertEqual(self.logins._missing(other), ["bot", "user"])
        self.env.cr.execute("UPDATE telegram_account SET state = 'lost'")
        self.assertEqual(self.logins._missing(self.process), ["bot", "user"])

    def _logged_in(self, *processes):
        """Connect the account, with logins of these processes."""
        self.env.cr.execute(
            "INSERT INTO telegram_account (pool, kind, tg_user_id, state)"
            " VALUES ('main', 'user', 900, 'connected') RETURNING id"
        )
        (account_id,) = self.env.cr.fetchone()
        for process in processes:
            self.env.cr.execute(
                "INSERT INTO telegram_session (account_id, process) VALUES (%s, %s)",
                [account_id, process],
            )

    def test_admitter__a_process_at_work_with_a_login_for_one_without(self):
        self.assertFalse(self.logins._admitter(self.process), "nobody has a login")
        first = run_gateway(self.env, "serving", process="first")
        run_gateway(self.env, "serving", process="gone", seen="5 minutes")
        third = run_gateway(self.env, "standby", process="third")
        self._logged_in("first", "gone", "third")
        self.assertEqual(self.logins._admitter(self.process), first)
        self.assertFalse(self.logins._admitter(third), "it has a login of its own")
        self.env.cr.execute("UPDATE telegram_process SET state = 'waiting' WHERE process = 'first'")
        self.env["telegram.process"].invalidate_cache()
        self.assertEqual(self.logins._admitter(self.process), third)
        self.env.cr.execute("UPDATE telegram_account SET state = 'lost'")
        self.assertFalse(self.logins._admitter(self.process))

    def test_admit__needs_nothing_typed(self):
        name = self.logins._begin(self.process, "admit")
        self.assertEqual(
            self._command()._payload(),
            {"login": name, "process": "one", "kind": "user", "step": "admit"},
        )
        self.assertFalse(self.env["telegram.secret"].search([]))

    def test_alive__who_was_seen_just_now_the_one_at_work_first(self):
        run_gateway(self.env, process="gone", seen="5 minutes")
        run_gateway(self.env, "serving", process="two")
        alive = self.env["telegram.process"]._alive()
        self.assertEqual(alive.mapped("process"), ["two", "one"])

    def test_uuid__the_gateway_may_read_it_and_nothing_else_there(self):
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        self.env.cr.execute("SELECT telegram_database_uuid()")
        self.assertEqual(self.env.cr.fetchone(), (uuid,))

    def test_steps__follow_the_data(self):
        steps = self.env["telegram.onboarding"]._steps()
        self.assertEqual([step["is_done"] for step in steps[:3]], [True, False, False])
        self.assertIn("link_me", [name for _label, name in steps[2]["actions"]])
        self.assertIn("start=", self.env["telegram.onboarding"]._do("link_me"))
        self.env["telegram.contact"]._confirm(self.env.user.partner_id, 77)
        self.assertTrue(self.env["telegram.onboarding"]._steps()[2]["is_done"])
        self.assertEqual(self.env["telegram.onboarding"]._do("link_me"), "/telegram/start")
        self.assertEqual(self.env["telegram.onboarding"]._do("unlink"), "/telegram/start")


class _Kept(logging.Handler):
    def __init__(self):
        super().__init__(level=0)
        self.texts = []

    def emit(self, record):
        self.texts.append(record.getMessage())


@tagged("post_install", "-at_install")
class TestConnectPages(HttpCase):
    def setUp(self):
        super().setUp()
        run_gateway(self.env, has_api=False)
        english = self.env["res.lang"].with_context(active_test=False)
        english.search([("code", "=", "en_US")]).active = True
        for login, group in (
            ("connect_m", "telegram_base.group_manager"),
            ("connect_p", "base.group_portal"),
        ):
            new_test_user(self.env, login=login, password=login, groups=group, lang="en_US")

    def _post(self, path, **form):
        form["csrf_token"] = self._csrf()
        return self.url_open(path, data=form)

    def _csrf(self):
        page = self.url_open("/telegram/connect").text
        return page.split('name="csrf_token" value="')[1].split('"')[0]

    def test_pages__administrators_only(self):
        self.assertIn("/web/login", self.url_open("/telegram/connect").url)
        self.authenticate("connect_p", "connect_p")
        for path in ("/telegram/connect", "/telegram/start", "/telegram/connect/" + "0" * 32):
            self.assertEqual(self.url_open(path).status_code, 403, path)

    def test_bot__what_is_typed_is_in_no_log_and_no_row(self):
        self.authenticate("connect_m", "connect_m")
        kept, root = _Kept(), logging.getLogger()
        names = ("", "odoo", "odoo.http.rpc.request", "odoo.sql_db", "werkzeug")
        before = {name: logging.getLogger(name).level for name in names}
        root.addHandler(kept)
        for name in names:
            logging.getLogger(name).setLevel(logging.DEBUG)
        try:
            page = self._post(
                "/telegram/connect/begin",
                step="bot",
                process="one",
                token=TOKEN,
                api_id="4242",
                api_hash="d" * 32,
            )
        finally:
            root.removeHandler(kept)
            for name, level in before.items():
                logging.getLogger(name).setLevel(level)
        self.assertEqual(page.status_code, 200)
        self.assertTrue(kept.texts)
        self.assertFalse([text for text in kept.texts if TOKEN in text or "d" * 32 in text])
        self.assertIn("/telegram/connect/", page.url)
        self.env.cr.execute("SELECT count(*) FROM telegram_secret")
        self.assertEqual(self.env.cr.fetchone(), (1,))

    def test_screens__one_for_each_state(self):
        self.authenticate("connect_m", "connect_m")
        page = self.url_open("/telegram/connect").text
        self.assertIn("@BotFather", page)
        self.assertIn("my.telegram.org", page)
        name = "a" * 32
        shown = {
            "waiting_code": 'name="code"',
            "waiting_password": 'name="password"',
            "qr": "telegram_qr",
            "confirm_replace": 'value="replace"',
            "done": "Ecole",
            "failed": "banned this number",
        }
        for state, wanted in shown.items():
            show(
                self.env,
                name,
                state,
                name="Ecole",
                url="tg://login?token=abc",
                error_code="phone_banned" if state == "failed" else None,
            )
            self.assertIn(wanted, self.url_open("/telegram/connect/" + name).text, state)
            self.env.cr.execute("DELETE FROM telegram_login")
        show(self.env, name, "qr", url="tg://login?token=abc")
        picture = self.url_open("/telegram/connect/%s/qr" % name)
        self.assertIn("<svg", picture.text)
        self.assertEqual(picture.headers["Cache-Control"], "no-store")

    def test_code__says_where_it_is(self):
        self.authenticate("connect_m", "connect_m")
        name = "b" * 32
        page = self.url_open("/telegram/connect?step=account").text
        self.assertIn("not by SMS", page, "said before the code is asked for")
        self.assertNotIn('value="admit"', page)
        for sent_by, hint, wanted in (
            ("app", "", "into the Telegram app"),
            ("sms", "", "by SMS"),
            ("words", "blue", "It begins with: <em>blue</em>"),
            ("call", "", "gives the code"),
            ("missed_call", "+33 1 99", "<em>+33 1 99</em>"),
            ("flash_call", "+33 6", "the number that calls"),
            ("email", "a***@school.example", "<em>a***@school.example</em>"),
            ("fragment", "https://fragment.com/login/code", "fragment.com/login/code"),
            ("firebase", "", "another way"),
            ("other", "", "has sent a code."),
        ):
            show(self.env, name, "waiting_code", sent_by=sent_by, hint=hint)
            page = self.url_open("/telegram/connect/" + name).text
            self.assertIn(wanted, page, sent_by)
            mode = "text" if sent_by == "words" else "numeric"
            self.assertIn('inputmode="%s"' % mode, page, sent_by)
            self.env.cr.execute("DELETE FROM telegram_login")

    def test_admit__is_offered_where_another_gateway_can(self):
        self.authenticate("connect_m", "connect_m")
        self.env.cr.execute(
            "INSERT INTO telegram_account (pool, kind, tg_user_id, state)"
            " VALUES ('main', 'user', 900, 'connected') RETURNING id"
        )
        self.env.cr.execute(
            "INSERT INTO telegram_session (account_id, process) VALUES (%s, 'two')",
            self.env.cr.fetchone(),
        )
        run_gateway(self.env, "serving", process="two")
        page = self.url_open("/telegram/connect?step=account&process=one").text
        self.assertIn('value="admit"', page)
        self.assertIn("same session key", page)
        name = "c" * 32
        show(self.env, name, "admitting", url="sealed")
        self.assertIn("asked to let this one in", self.url_open("/telegram/connect/" + name).text)
        self.assertEqual(self.url_open("/telegram/connect/%s/qr" % name).status_code, 404)

    def test_no_gateway__says_so_and_goes_on_by_itself(self):
        self.authenticate("connect_m", "connect_m")
        self.env.cr.execute("DELETE FROM telegram_process")
        self.assertIn("telegram-gateway run", self.url_open("/telegram/connect").text)
        self.assertEqual(self.url_open("/telegram/connect/alive").json()["stamp"], "no_gateway:0")

    def test_copy__warns_before_it_adopts(self):
        self.authenticate("connect_m", "connect_m")
        self.env.cr.execute("UPDATE telegram_process SET state = 'copied'")
        page = self.url_open("/telegram/connect").text
        self.assertIn("AUTH_KEY_DUPLICATED", page)
        self.assertIn('value="adopt"', page)

    def test_forms__nothing_without_their_token_and_nothing_unknown(self):
        self.authenticate("connect_m", "connect_m")
        answer = self.url_open("/telegram/connect/begin", data={"step": "qr", "process": "one"})
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(
            self._post("/telegram/connect/begin", step="drop", process="one").status_code, 404
        )
        self.env.cr.execute("SELECT count(*) FROM telegram_outbox WHERE kind = 'login'")
        self.assertEqual(self.env.cr.fetchone(), (0,))

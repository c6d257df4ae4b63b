import uuid
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ... import database

#: Steps that begin a login, with its kind.
BEGIN = {"bot": "bot", "phone": "user", "qr": "user", "admit": "user", "adopt": "user"}
#: Further steps, and the one secret that each of them carries.
ANSWERS = {"code": "code", "password": "password", "resend": None, "replace": None, "cancel": None}
ENDED = ("done", "failed")
#: A command expires if no gateway has begun it within this time.
PATIENCE = timedelta(minutes=5)


class TelegramLogin(models.Model):
    """The state of a login of the bot or the account, as the gateway reports it. Answers that
    people type go to the gateway by `_begin` and `_answer`, sealed; no field holds them."""

    _name = "telegram.login"
    _description = "Telegram: login under way"
    _inherit = "telegram.pool.mixin"
    _rec_name = "login"
    _order = "id desc"

    login = fields.Char(required=True, readonly=True)
    process = fields.Char(readonly=True)
    kind = fields.Selection([("bot", "Bot"), ("user", "User account")], readonly=True)
    state = fields.Char(readonly=True)
    sent_by = fields.Char(readonly=True)
    code_length = fields.Integer(readonly=True)
    hint = fields.Char(readonly=True)
    url = fields.Char(readonly=True)
    url_expires_at = fields.Datetime(readonly=True)
    name = fields.Char(readonly=True)
    username = fields.Char(readonly=True)
    replaces = fields.Char(readonly=True)
    is_again = fields.Boolean(readonly=True)
    error_code = fields.Char(readonly=True)
    wait_s = fields.Integer(readonly=True)
    revision = fields.Integer(readonly=True)
    state_at = fields.Datetime(readonly=True)

    def init(self):
        super().init()
        cr, table = self.env.cr, self._table
        database.set_defaults(cr, table, {"revision": "0", "is_again": "false"})
        database.create_index(cr, "telegram_login_unique", table, "login", unique=True)
        database.grant(cr, table, database.ALL)

    @api.model
    def _check_may(self):
        if not self.env.user.has_group("telegram_base.group_manager"):
            raise AccessError(_("Only a Telegram administrator may connect accounts."))

    @api.model
    def _begin(self, process, step, answers=None):
        """Begin a login at that process. step: a key of BEGIN; answers: {name: text}, as typed.

        Returns the login's name. Raises UserError if the process does not run any more.
        """
        self._check_may()
        name = uuid.uuid4().hex
        self._command(process, name, BEGIN[step], step, answers or {})
        return name

    @api.model
    def _answer(self, name, step, answers=None):
        """Continue a login. step: a key of ANSWERS. Raises UserError if it is over."""
        self._check_may()
        login = self._find(name)
        if not login or login.state in ENDED:
            raise UserError(_("This login is over: start again."))
        alive = self.env["telegram.process"]._alive(login.pool_name)
        process = alive.filtered(lambda candidate: candidate.process == login.process)
        self._command(process, name, login.kind, step, answers or {})

    @api.model
    def _command(self, process, name, kind, step, answers):
        """Have the process take a step: the answers are sealed, and kept nowhere else."""
        if not process:
            raise UserError(_("The gateway does not run any more: start it, then try again."))
        sealed = None
        if step not in ("resend", "replace", "cancel", "admit", "adopt"):
            # bound to this step of this login: a stolen row is of no use anywhere else
            sealed = self.env["telegram.secret"]._seal(
                process, dict(answers, login=name, step=step)
            )
        row = {
            "kind": "login",
            "pool": process.pool_name,
            "payload": {"login": name, "process": process.process, "kind": kind, "step": step},
            "priority": 5,
            "expires_at": fields.Datetime.now() + PATIENCE,
        }
        command = self.env["telegram.outbox"].sudo()._enqueue([row])[0]
        if sealed:
            self.env["telegram.secret"].sudo()._put(command["id"], sealed)

    @api.model
    def _find(self, name):
        """Return the login of that name in its present state; empty before the gateway has begun
        it."""
        self.invalidate_cache()  # another program writes it
        return self.sudo().search([("login", "=", name)], limit=1)

    @api.model
    def _accounts(self, pool="main"):
        """Return {kind: name of the account} for the pool's accounts that are not lost."""
        accounts = self.env["telegram.account"].sudo()
        accounts.invalidate_cache()
        rows = accounts.search(
            [
                ("pool_name", "=", pool),
                ("error_code", "not in", ("replaced",)),
                ("state", "!=", "lost"),
            ],
            order="id",
        )
        return {
            account.kind: account.name or account.username or str(account.tg_user_id)
            for account in rows
        }

    @api.model
    def _missing(self, process):
        """Return the kinds of accounts for which that process has no login: a list of bot, user."""
        accounts = self.env["telegram.account"].sudo()
        accounts.invalidate_cache()
        self.env.cr.execute(
            """
            SELECT a.kind FROM telegram_account a JOIN telegram_session s ON s.account_id = a.id
            WHERE a.pool = %s AND s.process = %s AND a.state <> 'lost'
              AND a.error_code IS DISTINCT FROM 'replaced'
            """,
            [process.pool_name, process.process],
        )
        kinds = {kind for (kind,) in self.env.cr.fetchall()}
        return [kind for kind in ("bot", "user") if kind not in kinds]

    @api.model
    def _admitter(self, process):
        """Return the process that can let `process` in by its own login of the account, which
        `process` lacks; empty without one."""
        if "user" not in self._missing(process):
            return process.browse()
        others = process._alive(process.pool_name) - process
        at_work = others.filtered(lambda candidate: candidate.state in ("serving", "standby"))
        with_account = at_work.filtered(lambda candidate: "user" not in self._missing(candidate))
        return with_account.sorted(lambda candidate: candidate.state != "serving")[:1]

    @api.model
    def _pending(self, name):
        """Return the state of that login's command which the gateway has not finished: "pending",
        "working", "expired", or False."""
        outbox = self.env["telegram.outbox"].sudo()
        outbox.invalidate_cache()
        last = outbox.search(
            [("kind", "=", "login"), ("payload", "like", '"login": "%s"' % name)], limit=1
        )
        if last.state == "pending" and last.expires_at < fields.Datetime.now():
            return "expired"
        return last.state if last.state in ("pending", "working", "expired") else False

import uuid
from datetime import timedelta

from psycopg2 import sql

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ... import database

#: Telegram's bounds for a title, after trimming.
TITLE_MAX = 128

#: Seconds between two groups when all are compared one after the other.
CHECK_PARAMETER, CHECK_EVERY_S = "telegram_base.check_seconds", 2.0

#: Errors after which the group will not come back.
_LOST = ("CHANNEL_PRIVATE", "CHANNEL_INVALID", "account_removed")

#: Fields whose change the gateway has to act on.
_LOOKED_AT = {
    "name",
    "active",
    "title_policy",
    "promotion_policy",
    "archive_policy",
    "add_contacts",
    "most_removals",
    "most_removals_percent",
    "bind",
    "is_reviewed",
    "is_closed",
    "history_policy",
}


class TelegramChat(models.Model):
    """A group that should exist on Telegram. Points to the record that owns it, and outlives it."""

    _name = "telegram.chat"
    _description = "Telegram group"
    _inherit = "telegram.pool.mixin"
    _order = "name, id"

    name = fields.Char("Title", required=True)
    company_id = fields.Many2one("res.company", "Company", index=True, ondelete="restrict")
    res_model = fields.Char("Owner's model", readonly=True, copy=False)
    res_id = fields.Integer("Owner's id", readonly=True, copy=False)
    owner_name = fields.Char("Belongs to", compute="_compute_owner_name")
    lang = fields.Selection("_get_languages", "Language")
    active = fields.Boolean(default=True)
    mark = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: uuid.uuid4().hex,
        help="Stands in the group's description, so that a group whose creation was not "
        "recorded is found again.",
    )
    title_policy = fields.Selection(
        [("accept", "Take the new title over"), ("restore", "Restore ours")],
        "Title changed on Telegram",
        required=True,
        default="accept",
    )
    promotion_policy = fields.Selection(
        [("restore", "Restore ours"), ("accept", "Let it be")],
        "Role changed on Telegram",
        required=True,
        default="restore",
    )
    join_policy = fields.Selection(
        [
            ("enrol", "Enrol whoever comes"),
            ("ask", "Ask a person"),
            ("remove", "Remove from the group"),
        ],
        "Known person joins on Telegram",
        required=True,
        default="ask",
    )
    leave_policy = fields.Selection(
        [("unenrol", "Unenrol"), ("flag", "Only show it")],
        "Person leaves on Telegram",
        required=True,
        default="unenrol",
    )
    archive_policy = fields.Selection(
        [
            ("leave", "Leave it in peace"),
            ("read_only", "Members may only read"),
            ("empty", "Remove everybody"),
        ],
        "When it is archived",
        required=True,
        default="read_only",
    )
    add_contacts = fields.Boolean(
        "Add contacts directly",
        default=True,
        help="Whoever is in the address book of the school's account, and has the account in "
        "theirs, is added to the group directly, some a day. Everybody else comes in by the link.",
    )
    most_removals = fields.Integer(
        "Removals at once",
        required=True,
        default=5,
        help="Where more people, and more than the percentage, would be removed at once, "
        "nobody is until somebody has confirmed it.",
    )
    most_removals_percent = fields.Integer("Removals at once (%)", required=True, default=10)
    bind = fields.Char(
        "Existing group",
        readonly=True,
        copy=False,
        help="Link, @name or id of a group that was there before: it is used, none is made.",
    )
    is_reviewed = fields.Boolean(
        "Reviewed",
        default=True,
        readonly=True,
        copy=False,
        help="Whether somebody has looked at who is in the existing group. Until then nobody is "
        "removed from it.",
    )
    is_review_due = fields.Boolean(compute="_compute_state")
    is_lost = fields.Boolean(compute="_compute_state")
    in_count = fields.Integer("In the group", compute="_compute_counts")
    waiting_count = fields.Integer("Waiting", compute="_compute_counts")
    decide_count = fields.Integer("To decide", compute="_compute_counts")
    unseen_names = fields.Char("Not looked at yet", compute="_compute_counts")
    held_count = fields.Integer("Removals to be confirmed", compute="_compute_held_count")
    roster_ids = fields.One2many("telegram.roster", "chat_id", "Roster", readonly=True)
    member_ids = fields.One2many("telegram.member", "chat_id", "Members", readonly=True)
    call_ids = fields.One2many("telegram.call", "chat_id", "Calls", readonly=True)
    chat_state_ids = fields.One2many("telegram.chat.state", "chat_id", readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("creating", "Being created"),
            ("ready", "Ready"),
            ("broken", "Broken"),
            ("deleted", "Deleted on Telegram"),
        ],
        compute="_compute_state",
        search="_search_state",
    )
    state_text = fields.Char("State in words", compute="_compute_state")
    invite_link = fields.Char(compute="_compute_state")
    has_running_call = fields.Boolean("Call running", compute="_compute_state")
    is_paused = fields.Boolean("Paused", compute="_compute_is_paused")

    _sql_constraints = [
        (
            "removals_positive",
            "CHECK (most_removals >= 0 AND most_removals_percent BETWEEN 0 AND 100)",
            "Removals at once: give a number, and a percentage from 0 to 100.",
        ),
        ("mark_unique", "UNIQUE (mark)", "Two groups have the same mark."),
        ("owner_unique", "UNIQUE (res_model, res_id)", "This record has a Telegram group already."),
    ]

    def init(self):
        super().init()
        # a gateway that is upgraded first, and rows made in SQL, need them
        database.set_defaults(
            self.env.cr,
            self._table,
            {
                "archive_policy": "'read_only'",
                "add_contacts": "true",
                "most_removals": "5",
                "most_removals_percent": "10",
                "is_reviewed": "true",
                "is_closed": "true",
                "stranger_policy": "'school'",
                "history_policy": "'school'",
            },
        )
        database.grant(self.env.cr, self._table, "SELECT")

    @api.model
    def _get_languages(self):
        return self.env["res.lang"].get_installed()

    @api.depends("res_model", "res_id")
    def _compute_owner_name(self):
        for chat in self:
            chat.owner_name = chat.sudo()._owner().display_name or False

    @api.depends(
        "is_reviewed",
        "chat_state_ids.listed_at",
        "chat_state_ids.state",
        "chat_state_ids.error_code",
        "chat_state_ids.waits_until",
        "chat_state_ids.invite_link",
        "chat_state_ids.tg_call_id",
    )
    @api.depends_context("lang")
    def _compute_state(self):
        words = self.env["telegram.words"]
        for chat in self:
            row = chat.sudo().chat_state_ids[:1]
            chat.state = row.state or "waiting"
            chat.state_text = words._chat(row.state, row.error_code, row.waits_until)
            chat.is_lost = row.state == "broken" and row.error_code in _LOST
            chat.invite_link = row.invite_link
            chat.has_running_call = bool(row.tg_call_id)
            # `listed_at`: the gateway has read who is in it
            chat.is_review_due = bool(
                not chat.is_reviewed and row.state == "ready" and row.listed_at
            )

    def _search_state(self, operator, value):
        values = value if isinstance(value, (list, tuple)) else [value]
        states = self.env["telegram.chat.state"].sudo().search([("state", "!=", False)])
        matching = states.filtered(lambda row: row.state in values).mapped("chat_id").ids
        if "waiting" in values:
            others = [("id", "not in", states.mapped("chat_id").ids)]
            matching += self.with_context(active_test=False).search(others).ids
        return [("id", "not in" if operator in ("!=", "not in") else "in", matching)]

    @api.constrains("name")
    def _check_name(self):
        for chat in self:
            if not 1 <= len((chat.name or "").strip()) <= TITLE_MAX:
                raise ValidationError(
                    _("The title of a Telegram group has 1 to %s characters.") % TITLE_MAX
                )

    @api.model_create_multi
    def create(self, vals_list):
        chats = super().create([self._with_trimmed_name(vals) for vals in vals_list])
        chats._reconcile()
        return chats

    def write(self, vals):
        was_active = {chat: chat.active for chat in self} if "active" in vals else {}
        to_empty = self.browse()
        if vals.get("archive_policy") == "empty":
            to_empty = self.filtered(lambda c: not c.active and c.archive_policy != "empty")
        result = super().write(self._with_trimmed_name(vals))
        for chat, was in was_active.items():
            # in the group's language; `_` asks the record whose method it stands in
            chat = chat.with_context(lang=chat.lang or self.env.user.lang)
            if was and not chat.active:
                chat._archived()
            elif chat.active and not was:
                chat._restored()
        for chat in to_empty.filtered(lambda c: not c.active):
            chat._empty()
        if _LOOKED_AT & set(vals):
            self._reconcile()
        return result

    def _held_members(self):
        """Those who wait to be removed until somebody confirms it."""
        return (
            self.env["telegram.member"]
            .sudo()
            .search([("chat_id", "in", self.ids), ("state", "=", "held")])
        )

    @api.depends("member_ids.state")
    def _compute_held_count(self):
        for chat in self:
            chat.held_count = len(chat._held_members())

    @api.depends("member_ids.state", "roster_ids.status")
    def _compute_counts(self):
        for chat in self:
            standings = chat.member_ids.mapped("standing")
            chat.in_count = standings.count("in")
            chat.waiting_count = standings.count("waiting")
            chat.decide_count = standings.count("decide")
            wanted = chat.roster_ids.filtered(lambda row: row.status == "in").mapped("partner_id")
            unseen = wanted - chat.member_ids.mapped("partner_id")
            chat.unseen_names = ", ".join(unseen.sorted("name").mapped("display_name")) or False

    def action_ask_removals(self):
        """Button: ask whether the people shown as held are to be removed, with how many and whom."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        held = self._held_members()
        question = _("To be removed from the Telegram group of %s: %s.") % (
            ", ".join(self.mapped("name")),
            self.env["telegram.agreement"]._count(held),
        )
        return self.env["telegram.agreement"]._ask(
            _("Remove them"), question, held, "action_remove_held"
        )

    def action_allow_removals(self):
        """The people shown as held may be removed, they and no others."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        return self._held_members().with_user(self.env.user).action_remove_held()

    @api.model
    def _with_trimmed_name(self, vals):
        return dict(vals, name=vals["name"].strip()) if vals.get("name") else vals

    def _bind(self, group):
        """Use the group that was there before: a link, @name or id.

        Nobody in it is removed before somebody has reviewed it.
        """
        self.ensure_one()
        self.write({"bind": group, "is_reviewed": False})

    def action_bind(self):
        """Button: use a group that was there before."""
        self.ensure_one()
        return self._open_wizard("telegram.bind.wizard", _("Use an existing group"))

    def action_plan(self):
        """Button: what would be done in this group now."""
        self.ensure_one()
        return self._open_wizard("telegram.plan.wizard", _("What would happen on Telegram now"))

    def action_review(self):
        """Button: look at who is in the existing group and decide about them."""
        self.ensure_one()
        return self._open_wizard("telegram.review.wizard", _("Who is in the group, and who not"))

    def _open_wizard(self, model, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_chat_id": self.id},
        }

    def _compute_is_paused(self):
        paused = self.env["telegram.pause"].sudo().search([("chat_id", "in", self.ids)])
        for chat in self:
            chat.is_paused = chat in paused.mapped("chat_id")

    def action_pause(self):
        """Button: the gateway changes nothing in these groups until somebody resumes."""
        self._check_may_write()
        for chat in self:
            self.env["telegram.pause"]._pause(chat.pool_name, chat)
        return True

    def action_resume(self):
        """Button: the gateway goes on with these groups."""
        self._check_may_write()
        for chat in self:
            self.env["telegram.pause"]._resume(chat.pool_name, chat)
        return True

    def _check_may_write(self):
        self.check_access_rights("write")
        self.check_access_rule("write")

    def action_reconcile(self):
        """Button: look at the group on Telegram now; try again also what was refused."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        self.sudo()._reconcile(check=True, retry=True)
        return True

    def action_new_group(self):
        """Button: have a new group made in place of one that is lost; everybody is invited anew.

        Raises UserError when the group is not broken.
        """
        self.ensure_one()
        self.check_access_rights("write")
        self.check_access_rule("write")
        if not self.is_lost:
            raise UserError(_("This group is not lost: no new one is made in its place."))
        chat = self.sudo()
        chat.write({"bind": False, "is_reviewed": True, "is_closed": True})
        chat._reconcile(new_group=True)
        return True

    @api.model
    def _cron_check(self):
        """Nightly: compare every group with Telegram, one after the other."""
        for chat, due_at in self.search([], order="id")._one_after_the_other():
            chat._reconcile(check=True, due_at=due_at)

    def _one_after_the_other(self):
        """[(chat, naive UTC time)] at which each chat is compared, so that the account reads them
        in peace; the system parameter `telegram_base.check_seconds` says how far apart."""
        parameters = self.env["ir.config_parameter"].sudo()
        try:
            apart = float(parameters.get_param(CHECK_PARAMETER, CHECK_EVERY_S))
        except ValueError:
            apart = CHECK_EVERY_S
        now = fields.Datetime.now()
        return [
            (chat, now + timedelta(seconds=max(0.0, apart) * number))
            for number, chat in enumerate(self)
        ]

    # -- for adapters ---------------------------------------------------------------------------

    @api.model
    def _for_record(self, record, vals=None):
        """The chat of `record`, archived or not, created if missing; as superuser.

        vals: values for a chat that is created; name, company and language default to the
        record's (`display_name`, `company_id`, `lang`).
        """
        record.ensure_one()
        chats = self.sudo().with_context(active_test=False)
        chat = chats.search([("res_model", "=", record._name), ("res_id", "=", record.id)])
        if chat:
            return chat
        # who makes it at the same moment waits, is begun anew, and finds it
        self.env.cr.execute(
            sql.SQL("UPDATE {table} SET id = id WHERE id = %s").format(
                table=sql.Identifier(record._table)
            ),
            [record.id],
        )
        owner = record.sudo()
        company = owner.company_id if "company_id" in owner._fields else self.env.company
        lang = owner.lang if "lang" in owner._fields else False
        lang = lang or company.partner_id.lang or self.env.user.lang
        installed = {code for code, _name in self._get_languages()}
        defaults = {
            "name": (owner.display_name or "").strip()[:TITLE_MAX],
            "company_id": company.id,
            "lang": lang if lang in installed else False,
        }
        return chats.create(
            dict(defaults, **(vals or {}), res_model=record._name, res_id=record.id)
        )

    def _owner(self):
        """The record that this chat belongs to; empty when it is gone or its module is."""
        self.ensure_one()
        if self.res_model and self.res_id and self.res_model in self.env:
            return self.env[self.res_model].browse(self.res_id).exists()
        return self.env["telegram.chat.owner.mixin"]

    def _call_owner(self, hook, *args):
        """Call a hook of `telegram.chat.owner.mixin` on the owner, if there is one that has it."""
        owner = self._owner()
        method = getattr(owner, hook, None) if owner else None
        return method(*args) if method else None

    def _set_roster(self, entries):
        """Make `entries` the roster of this chat; see `telegram.roster._set`."""
        self.ensure_one()
        return self.env["telegram.roster"]._set(self, entries)

    def _conflict(self):
        """Of two transactions at the same time that do this to a chat, or write it, the one that comes
        second is begun anew, by Odoo, and sees what the other one did."""
        self.env.cr.execute(
            "UPDATE telegram_chat SET active = active WHERE id = ANY (%s)", [self.ids]
        )

    def _reconcile(self, allow_removals=None, due_at=None, **wishes):
        """Ask the gateway to look at these chats again. Always a new row: the gateway folds.

        allow_removals: ids of Telegram users whose removal a person agreed to, however many they
        are, or "all"; only those whom the roster has as `out` or `banned` are removed anyway.
        wishes: `check`, `retry`, `new_group`, see docs/dev/contract.md.
        """
        payload = dict(wishes, allow_removals=allow_removals) if allow_removals else wishes
        row = {"kind": "reconcile", "priority": 20, "payload": payload}
        if due_at:
            row["due_at"] = due_at
        return self.env["telegram.outbox"]._enqueue([dict(row, chat_id=chat.id) for chat in self])

    def _send(self, text, buttons=None, silent=False, attachment=None, **values):
        """Have `text` (Telegram's subset of HTML, escaped by the caller) sent to the group.

        buttons: list of rows, a row a list of dicts(text, url). attachment: what
        `telegram.attachment` says of the file that it lays beside the row. values: as for
        `telegram.outbox._enqueue` (due_at, expires_at, priority, key). Returns the rows written.
        """
        payload = {"text": text, "buttons": buttons or [], "silent": silent}
        if attachment:
            payload["attachment"] = attachment
        return self.env["telegram.outbox"]._enqueue(
            [dict(values, chat_id=chat.id, kind="send", payload=payload) for chat in self]
        )

    def _group_link(self):
        """Address that opens the group, for its members and in every app; False while no message of
        ours is known there: without one, such an address opens in Telegram Desktop alone."""
        row = self.sudo().chat_state_ids[:1]
        if not row.tg_chat_id or not row.anchor_message_id:
            return False
        return "https://t.me/c/%s/%s" % (row.tg_chat_id, row.anchor_message_id)

    def _is_there(self):
        """Whether the group exists on Telegram: before that nothing is said of it, or for it.
        False for no chat."""
        return bool(self.sudo().chat_state_ids[:1].tg_chat_id)

    def _row(self):
        """The gateway's `telegram.chat.state` of this chat, empty before it has seen it."""
        self.ensure_one()
        return self.env["telegram.chat.state"].sudo().search([("chat_id", "=", self.id)])

import uuid

from psycopg2 import sql

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ... import database
from ..run.rights import check_may_administer, check_may_write
from .archiving import ChatArchive
from .group_deletion import GroupDeletion
from .orphans import orphans_of
from .staggering import staggered

#: Telegram's longest title, after trimming; in characters.
TITLE_MAX = 128

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
    """A group that should exist on Telegram. It points to the record that owns it, and outlives it.

    The gateway reads these rows; its observations of Telegram are in `telegram.chat.state`.
    """

    _name = "telegram.chat"
    _description = "Telegram group"
    _inherit = ["telegram.pool.mixin", "telegram.chat.policy.mixin", "telegram.chat.seen.mixin"]
    _order = "name, id"

    name = fields.Char("Title", required=True)
    company_id = fields.Many2one("res.company", "Company", index=True, ondelete="restrict")
    res_model = fields.Char("Owner's model", readonly=True, copy=False)
    res_id = fields.Integer("Owner's id", readonly=True, copy=False)
    owner_name = fields.Char("Belongs to", compute="_compute_owner_name")
    lang = fields.Selection(lambda self: self.env["res.lang"].get_installed(), "Language")
    active = fields.Boolean(default=True)
    mark = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: uuid.uuid4().hex,
        help="Stands in the group's description, so that a group whose creation was not "
        "recorded is found again.",
    )
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
    is_closed = fields.Boolean(
        "Closed",
        default=True,
        readonly=True,
        copy=False,
        help="Members may add nobody, pin no message and not change the group's info. A group that "
        "was there before is closed only when somebody has said so.",
    )
    roster_ids = fields.One2many("telegram.roster", "chat_id", "Roster", readonly=True)
    member_ids = fields.One2many("telegram.member", "chat_id", "Members", readonly=True)
    chat_state_ids = fields.One2many("telegram.chat.state", "chat_id", readonly=True)
    call_ids = fields.One2many("telegram.call", "chat_id", "Calls", readonly=True)
    is_paused = fields.Boolean("Paused", compute="_compute_is_paused")
    is_orphan = fields.Boolean(
        "Belongs to nothing any more",
        compute="_compute_is_orphan",
        search="_search_is_orphan",
        help="What it belonged to was deleted. The group and its history are still there.",
    )
    closing_text = fields.Char("Deletion", compute="_compute_closing_text")

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
        # needed by a gateway that is upgraded first, and by rows made in SQL
        defaults = {"is_reviewed": "true", "is_closed": "true"}
        database.set_defaults(self.env.cr, self._table, defaults)
        database.grant(self.env.cr, self._table, "SELECT")

    @api.depends("res_model", "res_id")
    def _compute_owner_name(self):
        for chat in self:
            chat.owner_name = chat.sudo()._owner().display_name or False

    @api.depends("res_model", "res_id")
    def _compute_is_orphan(self):
        orphans = orphans_of(self)
        for chat in self:
            chat.is_orphan = chat in orphans

    @api.model
    def _search_is_orphan(self, operator, value):
        chats = self.sudo().with_context(active_test=False).search([])
        is_wanted = bool(value) == (operator == "=")
        return [("id", "in" if is_wanted else "not in", orphans_of(chats).ids)]

    @api.depends_context("lang")
    def _compute_closing_text(self):
        for chat in self:
            chat.closing_text = GroupDeletion(chat).text()

    @api.constrains("name")
    def _check_name(self):
        for chat in self:
            if not 1 <= len((chat.name or "").strip()) <= TITLE_MAX:
                raise ValidationError(
                    _("The title of a Telegram group has 1 to %s characters.") % TITLE_MAX
                )

    @api.model_create_multi
    def create(self, vals_list):
        chats = super().create([_with_trimmed_name(vals) for vals in vals_list])
        chats.filtered("active")._reconcile()
        return chats

    def write(self, vals):
        was_active = {chat: chat.active for chat in self} if "active" in vals else {}
        to_empty = self.browse()
        if vals.get("archive_policy") == "empty":
            to_empty = self.filtered(lambda c: not c.active and c.archive_policy != "empty")
        result = super().write(_with_trimmed_name(vals))
        for chat, was in was_active.items():
            # messages in the group are in its language
            chat = chat.with_context(lang=chat.lang or self.env.user.lang)
            if was and not chat.active:
                ChatArchive(chat).archive()
            elif chat.active and not was:
                ChatArchive(chat).restore()
        for chat in to_empty.filtered(lambda c: not c.active):
            ChatArchive(chat).remove_everybody()
        if _LOOKED_AT & set(vals):
            self._reconcile()
        return result

    def action_ask_removals(self):
        """Button: ask for confirmation of the removals that are held, with number and names."""
        check_may_write(self)
        held = self._held_members()
        question = _("To be removed from the Telegram group of %s: %s.") % (
            ", ".join(self.mapped("name")),
            self.env["telegram.agreement"]._count(held),
        )
        return self.env["telegram.agreement"]._ask(
            _("Remove them"), question, held, "action_remove_held"
        )

    def action_allow_removals(self):
        """Allow the removal of the people shown as held, and of nobody else."""
        check_may_write(self)
        return self._held_members().with_user(self.env.user).action_remove_held()

    def _bind(self, group):
        """Use an existing group: a link, @name or id.

        Nobody in it is removed before somebody has reviewed it.
        """
        self.ensure_one()
        self.write({"bind": group, "is_reviewed": False, "is_closed": False})

    def action_bind(self):
        """Button: use an existing group."""
        self.ensure_one()
        return _wizard(self, "telegram.bind.wizard", _("Use an existing group"))

    def action_plan(self):
        """Button: show what would be done in this group now."""
        self.ensure_one()
        return _wizard(self, "telegram.plan.wizard", _("What would happen on Telegram now"))

    def action_review(self):
        """Button: review the people in the existing group."""
        self.ensure_one()
        return _wizard(self, "telegram.review.wizard", _("Who is in the group, and who not"))

    def _compute_is_paused(self):
        paused = self.env["telegram.pause"].sudo().search([("chat_id", "in", self.ids)])
        for chat in self:
            chat.is_paused = chat in paused.mapped("chat_id")

    def action_pause(self):
        """Button: the gateway changes nothing in these groups until somebody resumes."""
        check_may_administer(self)
        for chat in self:
            self.env["telegram.pause"]._pause(chat.pool_name, chat)
        return True

    def action_resume(self):
        """Button: end the pause of these groups."""
        check_may_administer(self)
        for chat in self:
            self.env["telegram.pause"]._resume(chat.pool_name, chat)
        return True

    def action_reconcile(self):
        """Button: read the group on Telegram now, and try refused steps again."""
        check_may_write(self)
        self.sudo()._reconcile(check=True, retry=True)
        return True

    def action_new_group(self):
        """Button: have a new group made in place of a lost one; everybody is invited again.

        Raises UserError if the group is not broken.
        """
        self.ensure_one()
        check_may_administer(self)
        if not self.is_lost:
            raise UserError(_("This group is not lost: no new one is made in its place."))
        chat = self.sudo()
        chat.write({"bind": False, "is_reviewed": True, "is_closed": True})
        chat._reconcile(new_group=True)
        return True

    def action_close_to_members(self):
        """Button: take from members the rights to add people, to pin and to change the info."""
        check_may_administer(self)
        self.sudo().write({"is_closed": True})
        return True

    def action_ask_close_for_good(self):
        """Button: ask whether the group is to be deleted, with how many people are in it."""
        check_may_administer(self)
        question = _(
            "The group %s will be deleted on Telegram with all its messages, for everybody. People in "
            "it: %s. This cannot be undone."
        ) % (", ".join(self.mapped("name")), sum(self.mapped("in_count")))
        return self.env["telegram.agreement"]._ask(
            _("Close the group for good"), question, self, "action_close_for_good"
        )

    def action_close_for_good(self):
        """Delete the group on Telegram. It cannot be undone; Odoo keeps its data about it."""
        check_may_administer(self)
        for chat in self:
            GroupDeletion(chat).request()
        return True

    @api.model
    def _cron_check(self):
        """Nightly: compare every group with Telegram, one after the other."""
        row = {"kind": "reconcile", "priority": 20, "payload": {"check": True}}
        due = staggered(self.search([], order="id"))
        self.env["telegram.outbox"]._enqueue([dict(row, chat_id=c.id, due_at=at) for c, at in due])

    # -- for adapters ---------------------------------------------------------------------------

    @api.model
    def _for_record(self, record, vals=None):
        """Return the chat of `record`, archived or not, created if missing; as superuser.

        vals: values for a chat that is created; name, company and language default to the record's
        (`display_name`, `company_id`, `lang`).
        """
        record.ensure_one()
        chats = self.sudo().with_context(active_test=False)
        chat = chats.search([("res_model", "=", record._name), ("res_id", "=", record.id)])
        if chat:
            return chat
        # a transaction that makes it at the same moment waits, is repeated, and finds it
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
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        defaults = {
            "name": (owner.display_name or "").strip()[:TITLE_MAX],
            "company_id": company.id,
            "lang": lang if lang in installed else False,
        }
        return chats.create(
            dict(defaults, **(vals or {}), res_model=record._name, res_id=record.id)
        )

    def _owner(self):
        """Return the record that this chat belongs to; empty if it, or its module, is gone."""
        self.ensure_one()
        if self.res_model and self.res_id and self.res_model in self.env:
            return self.env[self.res_model].browse(self.res_id).exists()
        return self.env["telegram.chat.owner.mixin"]

    def _call_owner(self, hook, *args):
        """Call a hook of `telegram.chat.owner.mixin` on the owner, if there is one that has it."""
        owner = self._owner()
        method = getattr(owner, hook, None) if owner else None
        return method(*args) if method else None

    def _set_roster(self, entries, partners=None):
        """Make `entries` the roster of this chat, or of `partners`; see `telegram.roster._set`."""
        self.ensure_one()
        return self.env["telegram.roster"]._set(self, entries, partners)

    def _conflict(self):
        """Have Odoo repeat the second of two transactions that call this for a chat at once, or
        write it."""
        # what was changed before is locked before: nobody waits for the chat of somebody who waits
        self.env["base"].flush()
        self.env.cr.execute(
            "UPDATE telegram_chat SET active = active WHERE id = ANY (%s)", [self.ids]
        )

    def _reconcile(self, allow_removals=None, due_at=None, **wishes):
        """Ask the gateway to reconcile these chats. Always a new row: the gateway folds them.

        allow_removals: ids of Telegram users whose removal a person agreed to, however many they
        are, or "all"; only people who are `out` or `banned` on the roster are removed in any case.
        wishes: `check`, `retry`, `new_group`, see docs/dev/contract.md.
        """
        payload = dict(wishes, allow_removals=allow_removals) if allow_removals else wishes
        row = {"kind": "reconcile", "priority": 20, "payload": payload, "due_at": due_at}
        return self.env["telegram.outbox"]._enqueue([dict(row, chat_id=chat.id) for chat in self])

    def _send(self, text, buttons=None, silent=False, attachment=None, **values):
        """Have `text` (Telegram's subset of HTML, escaped by the caller) sent to the group.

        buttons: list of rows, a row a list of dicts(text, url). attachment: the description of the
        file that `telegram.attachment` stores beside the row. values: as for
        `telegram.outbox._enqueue` (due_at, expires_at, priority, key). Returns the rows written.
        """
        payload = {"text": text, "buttons": buttons or [], "silent": silent}
        if attachment:
            payload["attachment"] = attachment
        return self.env["telegram.outbox"]._enqueue(
            [dict(values, chat_id=chat.id, kind="send", payload=payload) for chat in self]
        )

    def _group_link(self):
        """Return an address that opens the group for its members in every app; False while no
        message of ours is known there: without one, it would open in Telegram Desktop alone."""
        row = self.sudo().chat_state_ids[:1]
        if not row.tg_chat_id or not row.anchor_message_id:
            return False
        return "https://t.me/c/%s/%s" % (row.tg_chat_id, row.anchor_message_id)

    def _is_there(self):
        """True once the group exists on Telegram: before that there are no messages for it. False
        for no chat."""
        return bool(self.sudo().chat_state_ids[:1].tg_chat_id)

    def _row(self):
        """Return the gateway's `telegram.chat.state` of this chat, empty before the gateway has
        seen it."""
        self.ensure_one()
        return self.sudo().chat_state_ids[:1]


def _with_trimmed_name(vals):
    return dict(vals, name=vals["name"].strip()) if vals.get("name") else vals


def _wizard(chat, model, name):
    """Return the action that opens a wizard of this chat."""
    return {
        "type": "ir.actions.act_window",
        "name": name,
        "res_model": model,
        "view_mode": "form",
        "target": "new",
        "context": {"default_chat_id": chat.id},
    }

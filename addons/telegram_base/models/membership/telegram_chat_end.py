from odoo import _, api, fields, models
from odoo.exceptions import UserError


class TelegramChat(models.Model):
    """What becomes of a group when its record is archived, restored or deleted. Only a person's
    word deletes a group."""

    _inherit = "telegram.chat"

    is_orphan = fields.Boolean(
        "Belongs to nothing any more",
        compute="_compute_is_orphan",
        search="_search_is_orphan",
        help="What it belonged to was deleted. The group and its history are still there.",
    )
    closing_text = fields.Char("Deletion", compute="_compute_closing_text")

    # -- archived and restored ------------------------------------------------------------------

    def _archived(self):
        """Say farewell in the group and do with it what the policy says. Nobody loses anything
        by the default: the group stays, to read."""
        is_there = bool(self._row().tg_chat_id)
        if self.archive_policy == "read_only" and is_there:
            self._send(
                _(
                    "This class has been closed at the school. Its group stays, to read. "
                    "Thank you, all of you!"
                )
            )
        elif self.archive_policy == "empty":
            if is_there:
                self._send(_("This class has been closed at the school, and so is its group."))
            self._empty()

    def _empty(self):
        """Everybody out; who is banned stays so. Whoever chose this policy has agreed already."""
        banned = self.roster_ids.filtered(lambda row: row.status == "banned")
        self._set_roster([row._entry() for row in banned])
        self._reconcile(allow_removals="all")

    def _restored(self):
        if self.archive_policy == "read_only" and self._row().tg_chat_id:
            self._send(_("This class is open again: everybody may write in its group."))
        # of who came, or asked to be let in, meanwhile it is decided now
        come = self.member_ids.filtered(lambda one: one.seen_status in ("requested", "in"))
        told = [one.told_inbox_id for one in come if one.told_inbox_id]
        facts = self.env["telegram.inbox"].sudo().browse(told).exists()
        kinds = ("member_joined", "request_waiting")
        facts.filtered(lambda one: one.kind in kinds and one.state == "done")._mark("new")

    # -- without a record -----------------------------------------------------------------------

    @api.depends("res_model", "res_id")
    def _compute_is_orphan(self):
        orphans = self._orphans()
        for chat in self:
            chat.is_orphan = chat in orphans

    @api.model
    def _search_is_orphan(self, operator, value):
        chats = self.sudo().with_context(active_test=False).search([])
        is_wanted = bool(value) == (operator == "=")
        return [("id", "in" if is_wanted else "not in", chats._orphans().ids)]

    def _orphans(self):
        """Those whose record, or its module, is gone."""
        alive = {}
        for model in {chat.res_model for chat in self if chat.res_model in self.env}:
            mine = self.filtered(lambda chat, model=model: chat.res_model == model)
            alive[model] = set(self.env[model].sudo().browse(mine.mapped("res_id")).exists().ids)
        return self.filtered(
            lambda chat: chat.res_model and chat.res_id not in alive.get(chat.res_model, ())
        )

    # -- closed for good ------------------------------------------------------------------------

    def action_ask_close_for_good(self):
        """Button: ask whether the group is to be deleted, with how many people are in it."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        question = _(
            "The group %s will be deleted on Telegram with all its messages, for everybody. People in "
            "it: %s. This cannot be undone."
        ) % (", ".join(self.mapped("name")), sum(self.mapped("in_count")))
        return self.env["telegram.agreement"]._ask(
            _("Close the group for good"), question, self, "action_close_for_good"
        )

    def action_close_for_good(self):
        """Delete the group on Telegram. It cannot be undone; Odoo keeps what it knows."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        for chat in self:
            if chat.active:
                raise UserError(
                    _("“%s” is in use. Archive what it belongs to first.") % chat.display_name
                )
            if not chat._row().tg_chat_id:
                raise UserError(_("“%s” has no group on Telegram.") % chat.display_name)
            if chat._closing().state in ("pending", "working"):
                continue
            outbox = self.env["telegram.outbox"].sudo()
            outbox._cancel_all(chat)
            outbox._enqueue(
                [
                    {
                        "chat_id": chat.id,
                        "kind": "delete_group",
                        "payload": {"tg_chat_id": chat._row().tg_chat_id},
                    }
                ]
            )
        return True

    @api.depends_context("lang")
    def _compute_closing_text(self):
        """What became of the wish to delete the group, while that is not done."""
        for chat in self:
            command = chat._closing()
            if command.state in ("pending", "working"):
                chat.closing_text = _("The group is being deleted on Telegram.")
            elif command.state == "failed":
                chat.closing_text = (
                    _("The group could not be deleted on Telegram: %s.") % command.error_text
                )
            else:
                chat.closing_text = False

    def _closing(self):
        """The newest command to delete the group, empty if there is none."""
        domain = [("chat_id", "=", self.id), ("kind", "=", "delete_group")]
        return self.env["telegram.outbox"].sudo().search(domain, limit=1)

from odoo import _, api, models
from odoo.tools import format_date


class TelegramWords(models.AbstractModel):
    """What one can do about a person, and what the person is told of themselves."""

    _inherit = "telegram.words"

    @api.model
    def _advice(self, member, reader, mailing, is_unreachable):
        """Sentence for what can be done about a `telegram.member`; empty when nothing need be.

        reader: res.partner whom an e-mail would go to, maybe empty. mailing: the row of
        `telegram.mailing` of what was sent so far, or None. is_unreachable: the bot cannot write
        to them.
        """
        method = getattr(self, "_advice_%s" % member.state, None)
        return method(member, reader, mailing, is_unreachable) if method else ""

    @api.model
    def _advice_waiting_link(self, member, reader, mailing, _is_unreachable):
        if mailing:
            day = format_date(self.env, mailing.sent_at)
            if mailing.sent_count == 1:
                return _("An e-mail with their link went out on %s. Print it for them.") % day
            return _("%s e-mails with their link went out, the last on %s. Print it for them.") % (
                mailing.sent_count,
                day,
            )
        if reader:
            return _("Print their link, or send it by e-mail.")
        return _("Print their link, or enter an e-mail address for them.")

    @api.model
    def _advice_welcome(self, member, reader, mailing, is_unreachable):
        if is_unreachable and mailing:
            return _("The bot cannot write to them. The group's link went by e-mail on %s.") % (
                format_date(self.env, mailing.sent_at)
            )
        if is_unreachable:
            return _(
                "The bot cannot write to them: give them the group's link, or ask them to unblock "
                "the bot."
            )
        if member.error_code:
            return _("Could not be added directly: only the link brings them in. Send it again.")
        if member.seen_status:
            return _("Was in the group before: only the link brings them back. Send it again.")
        if member.wanted_status == "in":
            return _("The bot has sent them the link and reminds them twice. Send it again.")
        return _("May come in: give them the group's link.")

    @api.model
    def _advice_requested(self, member, _reader, _mailing, _is_unreachable):
        if member.wanted_status == "in" or member.guest_decision == "in":
            return _("Is let in within moments. If not, press “Compare now”.")
        if member.guest_decision == "ignored":
            return _("Nobody is asked about this request any more.")
        if member.partner_id:
            return _("Enrol them, let them in as a guest, or turn them down.")
        return _("Say who this is, let them in as a guest, or turn them down.")

    @api.model
    def _advice_guest(self, member, _reader, _mailing, _is_unreachable):
        if member.guest_decision == "in":
            return _("May stay as a guest.")
        if member.guest_decision == "ignored":
            return _("Nobody is asked about this guest any more.")
        if member.partner_id:
            return _("Enrol them, let them stay as a guest, or remove them.")
        return _("Say who this is, let them stay as a guest, or remove them.")

    @api.model
    def _advice_left(self, member, _reader, _mailing, _is_unreachable):
        if member.wanted_status == "in":
            return _(
                "Has left by themselves: only the link brings them back. Send it again, or "
                "unenrol them."
            )
        return ""

    @api.model
    def _advice_removed(self, member, _reader, _mailing, _is_unreachable):
        if member.wanted_status == "in":
            return _(
                "Somebody removed them on Telegram: only the link brings them back. Send it "
                "again, or unenrol them."
            )
        return ""

    @api.model
    def _advice_banned(self, member, _reader, _mailing, _is_unreachable):
        if member.wanted_status == "in":
            return _(
                "An administrator banned them on Telegram: lift the ban there, in the group's "
                "settings, or unenrol them."
            )
        if member.wanted_status == "banned":
            return _("Unblock them at the school: the ban is lifted with it.")
        if member.wanted_status == "out":
            return _("Enrol them again: the ban is lifted with it.")
        return ""

    @api.model
    def _advice_undecided(self, _member, _reader, _mailing, _is_unreachable):
        return _("Decide: enrol them, or do not.")

    @api.model
    def _advice_held(self, _member, _reader, _mailing, _is_unreachable):
        return _("Confirm the removals on the group's page, or enrol them again.")

    @api.model
    def _advice_failed(self, _member, _reader, _mailing, _is_unreachable):
        return _("Put right what the reason says, then press “Compare now”.")

    @api.model
    def _own(self, state, is_linked, has_link):
        """Sentence for how somebody themselves stands in a group of theirs; `has_link`: it has
        one already."""
        if state == "in":
            return _("You are in the group.")
        if not is_linked:
            return _("Link your Telegram first, with the button above.")
        if state == "requested":
            return _("You asked to join and will be let in.")
        if state == "banned":
            return _("You cannot join this group. Please ask the school.")
        if not has_link:
            return _("The group is being prepared.")
        if state == "left":
            return _("You left the group. Press the button to come back.")
        return _("You are not in the group yet. Press the button to join.")

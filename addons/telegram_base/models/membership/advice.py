"""Sentences with advice about somebody in a group, or waiting to come in."""

from odoo import _
from odoo.tools import format_date


class MemberAdvice:
    """Advice about one `telegram.member`, by its state.

    reader: res.partner who would get an e-mail, maybe empty. mailing: the row of `telegram.mailing`
    of e-mails sent so far, or None. is_unreachable: the bot cannot write to them.
    """

    def __init__(self, member, reader, mailing, is_unreachable):
        self.env, self.member = member.env, member
        self.reader, self.mailing, self.is_unreachable = reader, mailing, is_unreachable

    def text(self):
        """Return the sentence; empty if nothing needs to be done."""
        method = getattr(self, "_for_%s" % self.member.state, None)
        return method() if method else ""

    def _for_waiting_link(self):
        """Return the advice about a person who has not linked Telegram."""
        if self.mailing:
            day = format_date(self.env, self.mailing.sent_at)
            if self.mailing.sent_count == 1:
                return _("An e-mail with their link went out on %s. Print it for them.") % day
            return _("%s e-mails with their link went out, the last on %s. Print it for them.") % (
                self.mailing.sent_count,
                day,
            )
        if self.reader:
            return _("Print their link, or send it by e-mail.")
        return _("Print their link, or enter an e-mail address for them.")

    def _for_welcome(self):
        """Return the advice about a person who may come in and has not."""
        if self.is_unreachable and self.mailing:
            return _("The bot cannot write to them. The group's link went by e-mail on %s.") % (
                format_date(self.env, self.mailing.sent_at)
            )
        if self.is_unreachable:
            return _(
                "The bot cannot write to them: give them the group's link, or ask them to unblock "
                "the bot."
            )
        if self.member.error_code:
            return _("Could not be added directly: only the link brings them in. Send it again.")
        if self.member.seen_status:
            return _("Was in the group before: only the link brings them back. Send it again.")
        if self.member.wanted_status == "in":
            return _("The bot has sent them the link and reminds them twice. Send it again.")
        return _("May come in: give them the group's link.")

    def _for_requested(self):
        """Return the advice about a join request."""
        if self.member.wanted_status == "in" or self.member.guest_decision == "in":
            return _("Is let in within moments. If not, press “Compare now”.")
        if self.member.guest_decision == "ignored":
            return _("Nobody is asked about this request any more.")
        if self.member.partner_id:
            return _("Enrol them, let them in as a guest, or turn them down.")
        return _("Say who this is, let them in as a guest, or turn them down.")

    def _for_guest(self):
        """Return the advice about a guest."""
        if self.member.guest_decision == "in":
            return _("May stay as a guest.")
        if self.member.guest_decision == "ignored":
            return _("Nobody is asked about this guest any more.")
        if self.member.partner_id:
            return _("Enrol them, let them stay as a guest, or remove them.")
        return _("Say who this is, let them stay as a guest, or remove them.")

    def _for_left(self):
        if self.member.wanted_status == "in":
            return _(
                "Has left by themselves: only the link brings them back. Send it again, or "
                "unenrol them."
            )
        return ""

    def _for_removed(self):
        if self.member.wanted_status == "in":
            return _(
                "Somebody removed them on Telegram: only the link brings them back. Send it "
                "again, or unenrol them."
            )
        return ""

    def _for_banned(self):
        """Return the advice about a banned person; empty if the ban is as the school wants it."""
        if self.member.wanted_status == "in":
            return _(
                "An administrator banned them on Telegram: lift the ban there, in the group's "
                "settings, or unenrol them."
            )
        if self.member.wanted_status == "banned":
            return _("Unblock them at the school: the ban is lifted with it.")
        if self.member.wanted_status == "out":
            return _("Enrol them again: the ban is lifted with it.")
        return ""

    def _for_undecided(self):
        return _("Decide: enrol them, or do not.")

    def _for_held(self):
        return _("Confirm the removals on the group's page, or enrol them again.")

    def _for_failed(self):
        return _("Put right what the reason says, then press “Compare now”.")

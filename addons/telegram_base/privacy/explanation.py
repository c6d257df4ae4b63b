"""Sentences for the administrator who erases a person: obstacles, things to know before, and the
outcome."""

from odoo import _

from .elsewhere import Elsewhere, model_title
from .gateway import is_forget_waiting, is_gateway_alive


class Explanation:
    """Sentences before the erasure of a `Person`. env: as superuser."""

    def __init__(self, env, person):
        self.env, self.person = env, person

    def obstacles(self):
        """Return sentences that say what must be done before the person may be erased."""
        name = self.person.partner.display_name
        sentences = []
        if self.person.users.filtered("active"):
            sentences.append(_("%s can still log in to Odoo: archive the user first.") % name)
        if self._is_needed_by_odoo():
            sentences.append(_("%s is no person: it is needed by Odoo itself.") % name)
        inside = self._chats_with_status("in")
        if inside:
            sentences.append(
                _("%s still belongs to: %s. End the enrolment or the assignment there first.")
                % (name, ", ".join(inside.mapped("name")))
            )
        undecided = self._chats_with_status("undecided")
        if undecided:
            sentences.append(
                _("It is not decided yet whether %s belongs to: %s. Decide first.")
                % (name, ", ".join(undecided.mapped("name")))
            )
        own = [("tg_user_id", "in", sorted(self.person.accounts))]
        if self.env["telegram.account"].search(own):
            sentences.append(
                _("%s uses the school's own Telegram account: unlink it from the person first.")
                % name
            )
        needed_by = Elsewhere(self.env, self.person).needed_by()
        if needed_by:
            sentences.append(
                _(
                    "Other records of Odoo need %s, and an erasure would damage them. Remove them or "
                    "give them to somebody else where that is allowed; else the person stays:\n%s"
                )
                % (name, "\n".join(needed_by))
            )
        return sentences

    def _is_needed_by_odoo(self):
        robots = self.env.ref("base.user_root") | self.env.ref("base.public_user")
        robots |= self.env.ref("telegram_base.user_doorbell")
        own = [("partner_id", "=", self.person.partner.id)]
        return bool(self.env["res.company"].search(own) or self.person.users & robots)

    def _chats_with_status(self, status):
        own = [("partner_id", "=", self.person.partner.id), ("status", "=", status)]
        return self.env["telegram.roster"].search(own).mapped("chat_id").sorted("name")

    def notes(self):
        """Return sentences to know beside the rows of the preview."""
        person, sentences = self.person, []
        contacts = self.env["telegram.contact"]
        for tg_user_id in sorted(person.shared):
            others = contacts._partners(tg_user_id) - person.partner
            sentences.append(
                _("The Telegram account is also used by %s: it stays theirs, and in their groups.")
                % ", ".join(others.mapped("display_name"))
            )
        if person.others & {person.partner.name}:
            sentences.append(
                _(
                    "Somebody else has the same name: it goes from sentences about them, too, since "
                    "nobody can tell whom these mean."
                )
            )
        people = person.partner.child_ids.filtered(lambda child: child.type == "contact")
        if people:
            sentences.append(
                _("These contacts below the person are people of their own, and stay: %s.")
                % ", ".join(people.mapped("name"))
            )
        if not is_gateway_alive(self.env):
            sentences.append(
                _(
                    "No gateway runs now. All in Odoo is erased at once; the groups and what the "
                    "gateway holds follow when it is back."
                )
            )
        return sentences


class Outcome:
    """The outcome of an erasure of this partner: the work done, and the work still to come."""

    def __init__(self, env, partner):
        self.env, self.partner = env, partner

    def text(self, named_in):
        """Return lines for the user who erased. named_in: the result of `Elsewhere.named_in`
        afterwards."""
        lines = [_("Erased. No text in Odoo names the person any more.")]
        if named_in:
            places = [
                "%s (%s)" % (model_title(self.env, model), named_in[model])
                for model in sorted(named_in)
            ]
            lines = [
                _(
                    "Erased, but a name, an address or a number of the person still stands in: %s. "
                    "These belong to other parts of Odoo: look there yourself."
                )
                % ", ".join(places)
            ]
        lines.append(_("What stands within files and in backups was not looked at."))
        if is_forget_waiting(self.env, self.partner):
            if is_gateway_alive(self.env):
                lines.append(
                    _("The gateway puts them out of the groups and forgets them within moments.")
                )
            else:
                lines.append(
                    _(
                        "No gateway runs now: the command waits, and it puts them out of the groups "
                        "and forgets them when it is back. Their page says so until it is done."
                    )
                )
        return "\n".join(lines)

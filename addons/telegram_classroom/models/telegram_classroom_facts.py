import re

from odoo import _, models
from odoo.exceptions import UserError

from .telegram_classroom_notices import NAMES_MAX

_ID = re.compile("[0-9]{1,9}$")


class TelegramClassroomMixin(models.AbstractModel):
    """What a classroom does with what happened on Telegram. Whatever echoes our own change finds
    nothing to do here."""

    _inherit = "telegram.classroom.mixin"

    # -- title ----------------------------------------------------------------------------------

    def _telegram_on_title_changed(self, chat, title, fact):
        super()._telegram_on_title_changed(chat, title, fact)
        if title != self._telegram_chat_values().get("name"):
            self._telegram_rename(title)

    # -- two people who are one -----------------------------------------------------------------

    def _telegram_on_people_united(self, chat):
        super()._telegram_on_people_united(chat)
        self._telegram_sync()

    # -- a group that was there before ----------------------------------------------------------

    def _telegram_on_bound(self, chat):
        super()._telegram_on_bound(chat)
        self.sudo().write({"telegram_chat_id": chat.id, "telegram_enabled": True})

    def _telegram_on_review_wanted(self, chat, fact):
        super()._telegram_on_review_wanted(chat, fact)
        self._telegram_ask(
            "review",
            _("Telegram: look at who is in the group"),
            _(
                "This class uses a Telegram group that was there before. Nobody is removed from it "
                "before somebody has looked at who is in it, on the group's page, and said whether "
                "its members may go on adding people."
            ),
        )

    def _telegram_on_reviewed(self, chat, enrol, unenrol):
        super()._telegram_on_reviewed(chat, enrol, unenrol)
        nothing = self.env["telegram.inbox"]
        for partner in enrol:
            if self._telegram_enrol(partner, nothing) is False:
                raise UserError(
                    _("%s could not be enrolled. Choose another way for this person.")
                    % partner.display_name
                )
        for partner in unenrol:
            if self._telegram_unenrol(partner, nothing) is False:
                raise UserError(
                    _("The enrolment of %s could not be ended here. Choose another way.")
                    % partner.display_name
                )
        self._telegram_sync()

    # -- roles --------------------------------------------------------------------------------

    def _telegram_on_role_changed(self, chat, partners, role, fact):
        super()._telegram_on_role_changed(chat, partners, role, fact)
        payload = fact._payload()
        name = ", ".join(partners.mapped("display_name")) or payload.get("name") or ""
        who = self._telegram_who(fact)
        if role == "admin":
            sentence = _("%s was made an administrator of the Telegram group by %s.")
            silent = _("%s was made an administrator of the Telegram group.")
        else:
            sentence = _("%s is no longer an administrator of the Telegram group, because of %s.")
            silent = _("%s is no longer an administrator of the Telegram group.")
        sentence = sentence % (name, who) if who else silent % name
        outcome = {
            "restore": _("It is put back as the school has it."),
            "accept": _("It is left so."),
        }[chat.promotion_policy]
        self._telegram_log("%s %s" % (sentence, outcome))

    # -- the group, and people's accounts -------------------------------------------------------

    def _telegram_on_broken(self, chat, sentence, fact):
        super()._telegram_on_broken(chat, sentence, fact)
        self._telegram_ask(
            "broken",
            _("Telegram: the group needs you"),
            _("The Telegram group stands still, nobody is enrolled or removed: %s.") % sentence,
        )

    def _telegram_on_account_deleted(self, chat, partners, fact):
        super()._telegram_on_account_deleted(chat, partners, fact)
        self._telegram_ask(
            "account",
            _("Telegram: a new personal link is needed"),
            _(
                "%s deleted their Telegram account. The enrolment stays; to come back into the "
                "group, a new personal link is needed, from the person's form."
            )
            % ", ".join(partners.mapped("display_name")),
        )

    # -- many at once ---------------------------------------------------------------------------

    def _telegram_on_removals_held(self, chat, members, fact):
        super()._telegram_on_removals_held(chat, members, fact)
        names = ", ".join(members[:NAMES_MAX].mapped("display_person"))
        self._telegram_ask(
            "removals",
            _("Telegram: confirm removals"),
            _(
                "%s people would be removed from the Telegram group at once: %s. Nobody is removed "
                "before somebody has confirmed it on the group's page."
            )
            % (len(members), names),
        )

    # -- who somebody is ------------------------------------------------------------------------

    def _telegram_on_question(self, chat, question):
        super()._telegram_on_question(chat, question)
        self._telegram_ask("identity", _("Telegram: an identity to sort out"), question.sentence)

    # -- calls ----------------------------------------------------------------------------------

    def _telegram_on_call_opened(self, chat, call, fact):
        super()._telegram_on_call_opened(chat, call, fact)
        lesson = self._telegram_lesson_of(fact._payload().get("open_key"))
        if lesson:
            lesson._telegram_on_opened(call)
        self.env["telegram.lesson.mixin"]._telegram_hint_in(chat)

    def _telegram_on_call_closed(self, chat, call, fact):
        super()._telegram_on_call_closed(chat, call, fact)
        payload = fact._payload()
        lesson = self._telegram_lesson_of(payload.get("close_key"))
        if lesson and lesson._telegram_is_last_close(payload["close_key"]):
            lesson._telegram_finish()
            return
        # The call ended before its time, or for a lesson that was moved since.
        lesson = lesson or self._telegram_lesson_of(payload.get("open_key") or call.open_key)
        if lesson:
            lesson._telegram_refresh()

    def _telegram_on_call_kept(self, chat, call, fact):
        super()._telegram_on_call_kept(chat, call, fact)
        key = fact._payload().get("close_key")
        lesson = self._telegram_lesson_of(key)
        if lesson and lesson._telegram_is_last_close(key):
            lesson._telegram_finish()

    def _telegram_on_call_given_up(self, chat, fact):
        super()._telegram_on_call_given_up(chat, fact)
        payload = fact._payload()
        lesson = self._telegram_lesson_of(payload.get("open_key"))
        if lesson:
            lesson._telegram_tell_given_up(chat, payload)

    def _telegram_lesson_of(self, key):
        """The lesson that a command's key names, if it is one of ours and exists."""
        parts = (key or "").split(":")
        if len(parts) < 4 or parts[0] != "lesson" or not _ID.match(parts[2]):
            return self.env["telegram.lesson.mixin"]
        names = [model._name for model in self.env["telegram.lesson.mixin"]._telegram_models()]
        if parts[1] not in names:
            return self.env["telegram.lesson.mixin"]
        lesson = self.env[parts[1]].browse(int(parts[2])).exists()
        if lesson and lesson._telegram_classroom() == self:
            return lesson
        return self.env["telegram.lesson.mixin"]

    # -- helpers --------------------------------------------------------------------------------

    def _telegram_extra(self, partners, status, reason):
        return [
            {"partner": partner, "role": "student", "status": status, "reason": reason}
            for partner in partners
        ]

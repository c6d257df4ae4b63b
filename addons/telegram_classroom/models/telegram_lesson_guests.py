from odoo import api, fields, models

from ..rules.intervals import Event, observe
from ..rules.spans import Span, cut, length


class TelegramLessonMixin(models.AbstractModel):
    """Guests: who was in the lesson's call and does not belong to the class. They are on no sheet."""

    _inherit = "telegram.lesson.mixin"

    telegram_guest_ids = fields.Many2many(
        "telegram.member",
        string="Guests",
        compute="_compute_telegram_guests",
        groups="base.group_user",
    )

    @api.depends_context("uid")
    def _compute_telegram_guests(self):
        members = self.env["telegram.member"]
        for lesson in self:
            accounts = list(lesson.sudo()._telegram_guests())
            chat = lesson.sudo()._telegram_classroom().telegram_chat_id
            own = [("chat_id", "=", chat.id), ("tg_user_id", "in", accounts)]
            rank = {account: place for place, account in enumerate(accounts)}
            found = members.sudo().search(own)
            found = found.sorted(lambda one, rank=rank: rank[one.tg_user_id])
            lesson.telegram_guest_ids = found.with_user(self.env.user)._filter_access_rules("read")

    def _telegram_guests(self):
        """{Telegram id of a guest: (came, went, seconds in the lesson)}, naive UTC, who was there
        longest first."""
        start, stop = self._telegram_start(), self._telegram_stop()
        chat = self._telegram_classroom().sudo().telegram_chat_id
        now = fields.Datetime.now()
        if not (start and stop and chat) or start > now or not self._telegram_is_planned():
            return {}
        window = self._telegram_window(min(stop, now))
        observation = observe(
            [
                Event(
                    event["kind"],
                    event["at"],
                    event["call_id"],
                    event["tg_user_id"],
                    event["tg_user_id"],
                    event["precision_s"],
                    joined_at=event["joined_at"],
                )
                for event in self._telegram_seen(window)
            ],
            window,
        )
        lesson = Span(start, window.stop)
        found = {}
        for account in set(observation.people) - self._telegram_own_accounts():
            stays = cut(observation.people[account].likely, lesson)
            if stays:
                found[account] = (stays[0].start, stays[-1].stop, length(stays).total_seconds())
        return dict(sorted(found.items(), key=lambda item: (-item[1][2], item[0])))

    def _telegram_own_accounts(self):
        """Telegram ids of those who belong to the class at this lesson, and of the school's own."""
        people = [partner.id for partner, _role, _part in self._telegram_belonging()]
        contacts = self.env["res.partner"].sudo().browse(people)._telegram_contacts()
        own = self.env["telegram.account"].sudo().search([])
        return set(contacts.mapped("tg_user_id")) | set(own.mapped("tg_user_id"))

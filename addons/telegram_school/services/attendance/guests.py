"""Guests of a lesson: in its call, and not of the class. They are on no sheet."""

from odoo import fields

from ...rules.intervals import Event, observe
from ...rules.spans import Span, cut, length
from ..messages import lesson_texts
from ..service import LessonService
from . import sheet


class LessonGuests(LessonService):
    """Finds the guests of a lesson."""

    def stays(self):
        """Return {Telegram id of a guest: (first arrival, last departure, seconds in the lesson)},
        naive UTC, the longest stays first."""
        start, stop = self.lesson._telegram_start(), self.lesson._telegram_stop()
        chat = self.lesson._telegram_classroom().sudo().telegram_chat_id
        now = fields.Datetime.now()
        if not (start and stop and chat) or start > now or not self.lesson._telegram_is_planned():
            return {}
        window = sheet.LessonSheet(self.lesson).window(min(stop, now))
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
                for event in sheet.LessonSheet(self.lesson).seen(window)
            ],
            window,
        )
        lesson = Span(start, window.stop)
        guests = {}
        for account in set(observation.people) - self.own_accounts():
            stays = cut(observation.people[account].likely, lesson)
            if stays:
                guests[account] = (
                    stays[0].start,
                    stays[-1].stop,
                    length(stays).total_seconds(),
                )
        return dict(sorted(guests.items(), key=lambda item: (-item[1][2], item[0])))

    def rows(self, members):
        """Return a dict per guest for lists and files: name; times, a pair of "HH:MM" by the
        classroom's clock; minutes. members: the telegram.member that the reader may know."""
        stays, texts, rows = self.stays(), lesson_texts.LessonTexts(self.lesson), []
        for member in members.filtered(lambda one: one.tg_user_id in stays):
            came, went, seconds = stays[member.tg_user_id]
            times = (texts.hour(came), texts.hour(went))
            rows.append({"name": member.display_person, "times": times, "minutes": seconds / 60})
        return rows

    def members(self):
        """Return the guests' rows of `telegram.member`, as superuser, the longest stays first."""
        accounts = list(self.stays())
        chat = self.lesson._telegram_classroom().sudo().telegram_chat_id
        own = [("chat_id", "=", chat.id), ("tg_user_id", "in", accounts)]
        rank = {account: place for place, account in enumerate(accounts)}
        found = self.env["telegram.member"].sudo().search(own)
        return found.sorted(lambda one: rank[one.tg_user_id])

    def readable(self, user):
        """Return those of `members` that this user may read."""
        return self.members().with_user(user)._filter_access_rules("read")

    def own_accounts(self):
        """Return the Telegram ids of everybody who belongs to the class at this lesson, and of the
        school's own accounts."""
        people = [
            partner.id for partner, _role, _part in sheet.LessonSheet(self.lesson).belonging()
        ]
        contacts = self.env["res.partner"].sudo().browse(people)._telegram_contacts()
        own = self.env["telegram.account"].sudo().search([])
        return set(contacts.mapped("tg_user_id")) | set(own.mapped("tg_user_id"))

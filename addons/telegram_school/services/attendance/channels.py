"""People who took part in a call as a channel, or as the group itself."""

from odoo import _, fields
from odoo.exceptions import UserError
from odoo.tools import html_escape

from odoo.addons.telegram_base.rules.text import LARGEST_ID, number

from ...rules.channels import stays
from ..messages import lesson_texts
from ..service import LessonService
from . import sheet

#: The answer for somebody who is not of the class.
OTHER = "other"


class LessonChannels(LessonService):
    """Asks who took part as a channel. Until that is answered, people who were not seen count as
    unknown, not as absent."""

    def stays_seen(self):
        """Return {Telegram id of a channel: `rules.channels.Stay`} for the channels seen in the
        lesson's call so far; empty for a lesson that was held elsewhere."""
        if self.lesson._telegram_elsewhere() is not None:
            return {}
        start, stop = self.lesson._telegram_start(), self.lesson._telegram_stop()
        chat = self.lesson._telegram_classroom().sudo().telegram_chat_id
        now = fields.Datetime.now()
        if not (start and stop and chat) or start > now or not self.lesson._telegram_is_planned():
            return {}
        window = sheet.LessonSheet(self.lesson).window(min(stop, now))
        return stays(sheet.LessonSheet(self.lesson).events(window), window)

    def answers(self):
        """Return {Telegram id of a channel: id of its res.partner, or None for somebody outside the
        class}."""
        said = self.env["telegram.channel.answer"]._of(self.lesson)
        return {channel: one.partner_id.id or None for channel, one in said.items()}

    def admin_ids(self):
        """Return ids of the partners who are administrators of the group, as far as the gateway
        knows."""
        chat = self.lesson._telegram_classroom().sudo().telegram_chat_id
        admins = [("chat_id", "=", chat.id), ("seen_role", "in", ("admin", "creator"))]
        return set(self.env["telegram.member"].sudo().search(admins).mapped("partner_id").ids)

    def notes(self, channels):
        """Return sentences, in the context's language, that count the `channels` (as of
        `stays_seen`)."""
        count = sum(not note.is_group for note in channels.values())
        notes = []
        if count:
            note = _("1 took part as a channel")
            notes.append(note if count == 1 else _("%s took part as channels") % count)
        if count < len(channels):
            notes.append(_("an administrator took part as the group itself"))
        return notes

    def sentences(self):
        """Return `notes` of the channels seen, as whole sentences."""
        notes = self.notes(self.stays_seen())
        return [note[:1].upper() + note[1:] + "." for note in notes]

    def titles(self, channels):
        """Return {Telegram id of a channel: its last known name, or words in place of one}."""
        rows = self.env["telegram.presence"].sudo()
        rows = rows.search(
            [("tg_channel_id", "in", list(channels)), ("channel_name", "!=", False)], order="at, id"
        )
        titles = {row.tg_channel_id: row.channel_name for row in rows}
        for channel, stay in channels.items():
            if stay.is_group:
                titles[channel] = _("The group itself (an administrator)")
            titles.setdefault(channel, _("Channel %s") % channel)
        return titles

    def rows(self):
        """Return a dict per channel for lists and files, in the context's language: name; times, a
        pair of "HH:MM" by the classroom's clock; minutes; who (a sentence)."""
        channels = self.stays_seen()
        answers = self.env["telegram.channel.answer"]._of(self.lesson) if channels else {}
        titles = self.titles(channels)
        return [
            {
                "name": titles[channel],
                "times": (
                    lesson_texts.LessonTexts(self.lesson).hour(stay.arrived_at),
                    lesson_texts.LessonTexts(self.lesson).hour(stay.departed_at),
                ),
                "minutes": stay.seconds / 60,
                "who": self.said_who(answers.get(channel)),
            }
            for channel, stay in channels.items()
        ]

    def said_who(self, answer):
        if not answer:
            return _("Nobody has said who that was.")
        by = answer.said_uid.sudo().name or "–"
        if answer.partner_id:
            return _("It was %s, says %s.") % (answer.partner_id.name or "", by)
        return _("It was somebody else, says %s.") % by

    def asked(self):
        """Return the questions about channels in the context's language; None if no channel took
        part.

        The dict has title, hint, words and questions. A question has id, name, detail, answer (a
        sentence or empty), may_answer, choices and more. The last two are lists of dict(id, name,
        is_likely): `choices` holds the people who were not seen, `more` the others of the class;
        likely is the answer given for this channel last time.
        """
        channels = self.stays_seen()
        if not channels:
            return None
        answers = self.env["telegram.channel.answer"]._of(self.lesson)
        titles = self.titles(channels)
        may_answer = not self.why_not_answered()
        is_open = may_answer and any(channel not in answers for channel in channels)
        last = self.env["telegram.channel.answer"]._last(channels, self.lesson) if is_open else {}
        lines = sheet.LessonSheet(self.lesson).compute(False) if is_open else []
        admin_ids = self.admin_ids()
        questions = []
        for channel, stay in channels.items():
            answer = answers.get(channel)
            times = (
                lesson_texts.LessonTexts(self.lesson).hour(stay.arrived_at),
                lesson_texts.LessonTexts(self.lesson).hour(stay.departed_at),
            )
            question = {
                "id": channel,
                "name": titles[channel],
                "detail": _("%s–%s, %s min") % (*times, round(stay.seconds / 60)),
                "answer": self.said_who(answer) if answer else "",
                "may_answer": may_answer,
                "choices": [],
                "more": [],
            }
            if may_answer and not answer:
                likely = last.get(channel)
                likely_id = likely and (likely.partner_id.id or OTHER)
                for line in lines:
                    if stay.is_group and not self.may_be_group(line, admin_ids):
                        continue
                    where = question["more" if line["arrived_at"] else "choices"]
                    where.append(self.choice(line["partner"], likely_id))
                for where in ("choices", "more"):
                    question[where].sort(key=lambda choice: not choice["is_likely"])
                question["choices"].append(
                    {"id": OTHER, "name": _("Somebody else"), "is_likely": likely_id == OTHER}
                )
            questions.append(question)
        notes = self.notes(channels)
        return {
            "title": ". ".join(note[:1].upper() + note[1:] for note in notes) + ".",
            "hint": _("Who was it? Until it is said, nobody who was not seen is called absent.")
            if is_open
            else "",
            "words": {
                "undo": _("Take back"),
                "more": _("Others of the class"),
                "likely": _("as last time"),
                "offline": _("No connection: tap again in a moment."),
                "refused": _("Not kept: %s"),
            },
            "questions": questions,
        }

    def choice(self, partner, likely_id):
        return {
            "id": partner.id,
            "name": partner.name or "",
            "is_likely": partner.id == likely_id,
        }

    def may_be_group(self, line, admin_ids):
        return line["role"] != "student" or line["partner"].id in admin_ids

    def why_not_answered(self):
        """Return a sentence that says why no answer can be given now; empty if one can."""
        if self.lesson._telegram_sheet_is_locked():
            return _("The sheet is confirmed, so it does not change any more.")
        return ""

    def say(self, channel, who):
        """Record who took part as this channel, and compute the sheet again.

        who: id of a res.partner as text, `OTHER`, or empty to take the answer back. The same answer
        twice changes nothing. Raises UserError if no answer is possible now, if the channel was not
        in the call, or for a person who cannot have been it.
        """
        refusal = self.why_not_answered()
        if refusal:
            raise UserError(refusal)
        stay = self.stays_seen().get(channel)
        if not stay:
            raise UserError(_("This channel was not in the lesson’s call: load the page again."))
        answers = self.env["telegram.channel.answer"]
        known = answers._of(self.lesson).get(channel)
        partner = self.env["res.partner"]
        outcome = "open"
        if who == OTHER:
            outcome = "other"
        elif who:
            outcome, partner = "person", self.person(stay, number(who, LARGEST_ID))
        if (known.said, known.partner_id) == (outcome, partner) if known else outcome == "open":
            return  # tapped twice
        answers._say(self.lesson, channel, partner, outcome)
        self.log(channel, stay, partner, outcome)
        sheet.LessonSheet(self.lesson).refresh()

    def person(self, stay, partner_id):
        """Return the res.partner with this id, who is of the class at this lesson and may have been
        the channel of `stay`. Raises UserError for anybody else."""
        admin_ids = self.admin_ids()
        for partner, role, _part in sheet.LessonSheet(self.lesson).belonging():
            if partner.id != partner_id:
                continue
            if stay.is_group and role == "student" and partner.id not in admin_ids:
                raise UserError(
                    _("Only an administrator of the group can take part as the group itself.")
                )
            return partner
        raise UserError(_("This person is not of the class at this lesson: load the page again."))

    def log(self, channel, stay, partner, said):
        """Note the answer in the lesson's history, if it has one."""
        if not hasattr(self.lesson, "_message_log"):
            return
        lang = self.lesson._telegram_classroom().sudo().telegram_chat_id.lang
        lesson = self.lesson.with_context(lang=lang)
        title = LessonChannels(lesson).titles({channel: stay})[channel]
        lesson._message_log(body=html_escape(LessonChannels(lesson).log_text(title, partner, said)))

    def log_text(self, title, partner, said):
        if said == "person":
            return _("Who took part as “%s” was %s.") % (title, partner.name or "")
        if said == OTHER:
            return _("Who took part as “%s” was somebody else.") % title
        return _("Who took part as “%s” is open again.") % title

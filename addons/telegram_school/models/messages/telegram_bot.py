import re
from html import escape

from odoo import _, api, models

from ...services.calls.own_lessons import OwnLessons
from .. import telegram_choices
from . import telegram_notice_kinds as kinds

#: "/on_reminder": a line of the answer to /settings, which Telegram shows as a link; its button
#: brings the same.
_SWITCH = re.compile(r"^/(on|off|mail|lang)_([a-z]+)$")


def _small(words):
    """Return the words with a small first letter; capitals within stay."""
    return words[:1].lower() + words[1:]


class TelegramBot(models.AbstractModel):
    """Today's lessons: `/today`. Private notices of the bot are everybody's own choice:
    `/settings`."""

    _inherit = "telegram.bot"

    @api.model
    def _help_lines(self):
        return super()._help_lines() + [_("/settings – what I tell you here")]

    @api.model
    def _answer_more(self, command, words, tg_user_id, partners):
        """Answer `/settings`, and return True; pass other commands on to super()."""
        switch = _SWITCH.match(command)
        if command == "/settings" and not words:
            self._say_settings(tg_user_id, partners)
        elif command == "/settings" or switch:
            # "/settings reminder on" is what one types, "/on_reminder" what one presses
            what, value = (switch.group(2), switch.group(1)) if switch else self._typed(words)
            if value in ("mail", "lang"):
                what, value = value, what
            self._settle(tg_user_id, partners, what, value)
        else:
            return super()._answer_more(command, words, tg_user_id, partners)
        return True

    @api.model
    def _typed(self, words):
        words = [word.lower() for word in words]
        return words[0], words[1] if len(words) == 2 else ""

    @api.model
    def _settle(self, tg_user_id, partners, what, value):
        """Change one setting of these people, and answer with all settings. what: `mail`, `lang` or
        a kind of notice."""
        people = partners.sudo()
        if what == "mail" and value in dict(telegram_choices.mail_choices(self)):
            people.write({"telegram_mail_wish": value})
        elif what == "lang" and value in self._langs():
            people.write({"lang": self._langs()[value]})
            self = self.with_context(lang=self._lang(partners))
        elif what in kinds.PRIVATE and value in ("on", "off"):
            people._telegram_wish({what: value == "on"})
        else:
            self._say_settings(tg_user_id, partners, _("I did not understand that."))
            return
        # after a button, the message itself shows the change
        is_shown = self.env.context.get("telegram_edits")
        self._say_settings(tg_user_id, partners, None if is_shown else _("Noted."))

    @api.model
    def _langs(self):
        """Return {"fr" or "en": code of the language} for the languages that the school has."""
        codes = [code for code, _name in self.env["res.lang"].get_installed()]
        found = {short: [one for one in codes if one.startswith(short)] for short in ("fr", "en")}
        return {short: those[0] for short, those in found.items() if those}

    @api.model
    def _say_settings(self, tg_user_id, partners, first=None):
        """Send the settings of these people, with a button for each choice. first: a sentence above
        them."""
        labels, wishes = kinds.labels(self), partners[:1].sudo()._telegram_wishes()
        lines = [first, ""] if first else []
        buttons = []
        lines.append(_("What I tell you here, beside what is said in the groups:"))
        for kind in kinds.PRIVATE:
            if kind == "absence" and not partners.sudo()._telegram_has_told_wards():
                continue
            change = "/off_%s" if kind in wishes else "/on_%s"
            mark = "☑" if kind in wishes else "☐"
            buttons.append([{"text": "%s %s" % (mark, labels[kind]), "data": change % kind}])
            if kind in wishes:
                lines.append(_("• %s: yes. Switch it off: /off_%s") % (labels[kind], kind))
            else:
                lines.append(_("• %s: no. Switch it on: /on_%s") % (labels[kind], kind))
        words = dict(telegram_choices.mail_choices(self))
        wish = partners[:1].sudo().telegram_mail_wish or "never"
        lines += ["", _("By e-mail (reminder, move, cancellation): %s.") % _small(words[wish])]
        for choice, word in words.items():
            if choice != wish:
                lines.append(_("• %s: %s") % (word, "/mail_%s" % choice))
            text = "%s %s" % ("●" if choice == wish else "○", _("E-mail: %s") % _small(word))
            buttons.append([{"text": text, "data": "/mail_%s" % choice}])
        langs, lang = self._langs(), self._lang(partners)[:2]
        if len(langs) > 1:
            names = {"fr": "Français", "en": "English"}
            lines += ["", _("Language: %s.") % names[lang]]
            for short in sorted(set(langs) - {lang}):
                lines.append(_("• %s: %s") % (names[short], "/lang_%s" % short))
            row = []
            for short in langs:
                mark = "●" if short == lang else "○"
                row.append({"text": "%s %s" % (mark, names[short]), "data": "/lang_%s" % short})
            buttons.append(row)
        return self._say(tg_user_id, "\n".join(lines), buttons)

    @api.model
    def _telegram_today(self, partner, may_join=True):
        """Also return the partner's lessons of today in each class with a group."""
        own = OwnLessons(partner)
        lines = super()._telegram_today(partner, may_join)
        return lines + [self._lesson_line(own, row, may_join) for row in own.today()]

    @api.model
    def _lesson_line(self, own, row, may_join):
        """Return the line of one lesson, with the link into its call while it is open."""
        line = "• %s <b>%s</b> (%s)" % (
            own.hours(row),
            escape(row.name or "", quote=False),
            escape(row.chat_id.name or "", quote=False),
        )
        if not row.is_planned:
            line += " – " + _("cancelled")
        link = may_join and own.link(row)
        if link:
            line += ' – <a href="%s">%s</a>' % (escape(link), _("Join"))
        return line

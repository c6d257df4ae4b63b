"""The log of a lesson's clock, in the reader's language and the class's time."""

from datetime import timedelta

from odoo import _, fields
from odoo.tools import html_escape
from odoo.tools.misc import format_date

from ...rules import commands as rules
from ..messages import group_texts, lesson_texts
from ..service import LessonService

#: Kinds of facts that the log shows.
_FACTS = ("call_opened", "call_closed", "call_kept", "call_given_up")

#: A command that is done within this time was done on time.
_ON_TIME = timedelta(seconds=5)


class LessonLog(LessonService):
    """Describes what the clock did for a lesson. The log is not stored: it is read from the outcome
    of the commands, and from facts."""

    def rows(self):
        """Return all commands ever written for this lesson."""
        pattern = rules.prefix(self.lesson._name, self.lesson.id).replace("_", r"\_") + "%"
        return self.env["telegram.outbox"].sudo().search([("key", "=like", pattern)], order="id")

    def recording_place(self):
        chat = self.lesson._telegram_classroom().telegram_chat_id
        domain = [("kind", "=", "user"), ("pool_name", "=", chat.pool_name)]
        account = self.env["telegram.account"].search(domain, order="id desc", limit=1)
        name = account.name or account.username or _("the school's account")
        return _("Saved Messages of %s on Telegram") % name

    def html(self, rows):
        """Return the log as HTML, the oldest line first; False without any. rows: as of `rows`."""
        lines = [line for row in rows for line in self.of_row(row)]
        lines += self.of_changes(rows)
        lines += self.of_files()
        lines += [line for fact in self.facts() for line in self.of_fact(fact)]
        if not lines:
            return False
        lines.sort(key=lambda line: line[0])
        now = fields.Datetime.now() + timedelta(seconds=1)
        # On a phone a sentence wraps, although lists make the form wider than the screen.
        body = "".join(
            '<div class="d-flex border-bottom py-1 %s"><span class="text-nowrap mr-3">%s</span>'
            "<span>%s</span></div>"
            % (
                "text-muted" if at > now else "",
                html_escape(self.time(at)),
                html_escape(text),
            )
            for at, text in lines
        )
        zone = html_escape(_("Time zone: %s") % self.lesson._telegram_classroom()._telegram_tz())
        zone = '<div class="text-muted small">%s</div>' % zone
        return '<div style="max-width: 90vw">%s%s</div>' % (zone, body)

    def time(self, at):
        """Return the time as text, with its day if that is not the lesson's."""
        classroom = self.lesson._telegram_classroom()
        local = group_texts.GroupTexts(classroom).local(at)
        start = self.lesson._telegram_start()
        if start and group_texts.GroupTexts(classroom).local(start).date() == local.date():
            return local.strftime("%H:%M:%S")
        return "%s, %s" % (format_date(self.env, local.date()), local.strftime("%H:%M:%S"))

    def of_row(self, row):
        """Return [(at, sentence)] for a command that is still to come or has an outcome; naive
        UTC."""
        part = row.key.rpartition(":")[2]
        sentence = getattr(self, "say_%s" % part, None)
        if sentence is None or row.state in ("cancelled", "working"):
            return []
        if row.state == "pending":
            return self.waiting(row, part)
        at = row.state_at or row.due_at
        if row.state == "failed":
            words = self.env["telegram.words"]
            reason = words._error(row.error_code) or row.error or ""
            return [(at, _("%s: failed, %s") % (self.part_name(part), reason))]
        lines = [(at, text) for text in sentence(row, row.state == "done", row._result()) if text]
        if lines and row.state == "done":
            lines[0] = (at, lines[0][1] + self.lateness(row))
        return lines

    def part_name(self, part):
        """Return the name of a command's part (remind, open, …) in the context's language."""
        words = {
            "remind": _("Reminder"),
            "announce": _("Announcement of the call"),
            "withdraw": _("Taking the announcement back"),
            "open": _("Opening of the call"),
            "close": _("Closing of the call"),
            "report": _("Report"),
            "told": _("Word of the change"),
            "file": _("Sheet as PDF"),
        }
        return words[part]

    def waiting(self, row, part):
        if row.error_code == "people_talking":
            return []  # its fact says until when
        if row.due_at <= fields.Datetime.now():
            return [(row.due_at, _("%s: waits for the gateway") % self.part_name(part))]
        return [(row.due_at, _("%s: planned") % self.part_name(part))]

    def lateness(self, row):
        """Return how late a command was done, as text; empty if it was done on time."""
        since = max(row.due_at, row.write_date or row.due_at)
        late = (row.state_at or since) - since
        if late <= _ON_TIME:
            return ""
        seconds = int(late.total_seconds())
        if row._result().get("gateway_was_away"):
            return _(" (%s late, because the gateway was down)") % self.span(seconds)
        return _(" (%s late)") % self.span(seconds)

    def span(self, seconds):
        if seconds < 120:
            return _("%s s") % seconds
        if seconds < 7200:
            return _("%s min") % (seconds // 60)
        return _("%s h") % (seconds // 3600)

    def say_remind(self, row, is_done, result):
        if is_done:
            return [_("The reminder was sent")]
        return [_("The reminder was dropped: it would have come after the start")]

    def say_announce(self, row, is_done, result):
        if is_done and result.get("tg_call_id"):
            return [_("The call was announced in the group")]
        if is_done and result.get("skipped") == "call_there":
            return [_("The call was not announced: there was one already")]
        return [_("The call was not announced: it was too late for that")]

    def say_withdraw(self, row, is_done, result):
        return [result.get("tg_call_id") and _("The announcement of the call was taken back")]

    def say_open(self, row, is_done, result):
        """Return sentences about an opening that was done, or expired."""
        if not is_done:
            return [_("The call was not opened: the lesson was over")]
        if result.get("adopted"):
            sentences = [_("The call that ran already was taken for the lesson's")]
        else:
            sentences = [_("The call was opened")]
        if result.get("recorded"):
            sentences.append(_("It is recorded: %s") % self.recording_place())
        words = self.env["telegram.words"]
        refused = result.get("refused") or {}
        if refused.get("record"):
            sentences.append(_("Telegram does not record it: %s") % words._error(refused["record"]))
        if refused.get("join_muted"):
            reason = words._error(refused["join_muted"])
            sentences.append(_("Telegram does not mute who joins: %s") % reason)
        return sentences

    def say_close(self, row, is_done, result):
        """Return sentences about a closing that was done, or expired."""
        if not is_done:
            return [_("The call was not closed: it was too late")]
        if result.get("kept_for"):
            return [_("The call goes on for the lesson that follows")]
        if result.get("left_open"):
            reason = self.env["telegram.words"]._error(result["left_open"])
            return [_("The call is left to those in it, who can end it: %s") % reason]
        if not result.get("tg_call_id"):
            return [_("No call was open any more")]
        return [_("The call was closed")]

    def say_report(self, row, is_done, result):
        return [_("The report was sent") if is_done else _("The report was not sent: too late")]

    def say_file(self, row, is_done, result):
        """Return sentences about the sheet as a file that was sent, or expired."""
        if not is_done:
            return [_("The sheet was not sent as a PDF: too late")]
        if not result.get("attachment"):
            return [_("The sheet was sent as a PDF")]
        if result["attachment"] == "missing":
            return [_("The PDF of the sheet was gone before it could be sent")]
        reason = self.env["telegram.words"]._error(result["attachment"])
        return [_("Telegram does not take the PDF of the sheet: %s") % reason]

    def say_told(self, row, is_done, result):
        return [is_done and _("The group was told of the change")]

    def of_files(self):
        """Return [(at, sentence)] for files that could not be made."""
        own = [
            ("res_model", "=", self.lesson._name),
            ("res_id", "in", self.lesson.ids),
            ("error", "!=", False),
        ]
        return [
            (one.write_date, _("The sheet could not be made as a PDF: %s") % one.error)
            for one in self.env["telegram.attachment"].sudo().search(own)
        ]

    def of_changes(self, rows):
        """Return [(at, sentence)], one for each time that planned commands were withdrawn."""
        start, is_planned = self.lesson._telegram_start(), self.lesson._telegram_is_planned()
        lines = set()
        for row in rows:
            former = rules.start_of(row.key)
            if row.state != "cancelled" or not row.state_at or not former:
                continue
            if former != start:
                when = lesson_texts.LessonTexts(self.lesson).day_and_hour(former)
                lines.add((row.state_at, _("The lesson was moved: it was to begin on %s") % when))
            elif not is_planned:
                sentence = _("The lesson was cancelled: what was planned is not done")
                lines.add((row.state_at, sentence))
        return sorted(lines)

    def facts(self):
        """Return the facts about this lesson's calls."""
        chat = self.lesson._telegram_classroom().telegram_chat_id
        start, stop = self.lesson._telegram_start(), self.lesson._telegram_stop()
        if not chat or not start or not stop:
            return self.env["telegram.inbox"]
        domain = [
            ("chat_id", "=", chat.id),
            ("kind", "in", _FACTS),
            ("occurred_at", ">=", start - timedelta(days=1)),
            ("occurred_at", "<=", stop + timedelta(days=1)),
        ]
        return self.env["telegram.inbox"].sudo().search(domain, order="id")

    def of_fact(self, fact):
        """Return [(at, sentence)] for a fact about this lesson, if the commands do not show the
        same."""
        payload = fact._payload()
        mine = rules.prefix(self.lesson._name, self.lesson.id)
        opens, closes = [
            (payload.get(one) or "").startswith(mine) for one in ("open_key", "close_key")
        ]
        at = fact.occurred_at
        if fact.kind == "call_opened" and opens and payload.get("reopened"):
            count = payload["reopened"]
            return [(at, _("The call was opened again (%s)") % count)]
        if fact.kind == "call_closed" and opens and not payload.get("by_us"):
            return [(at, _("The call was ended in Telegram"))]
        if fact.kind == "call_kept" and closes and payload.get("until"):
            until = lesson_texts.LessonTexts(self.lesson).hour(fact._instant(payload["until"]))
            return [
                (
                    at,
                    _("People still talk: the call is closed once they stop, at %s at the latest")
                    % until,
                )
            ]
        if fact.kind == "call_given_up" and opens:
            return [(at, _("The call is not opened again: the teachers were told"))]
        return []

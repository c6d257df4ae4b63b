"""Sheets, registers and records from our own tables, for the papers of `lesson_register`: those of
any school, with its rights as of `telegram.lesson`, `telegram.attendance` and `telegram.chat`."""

from odoo import _
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import format_date

from odoo.addons.lesson_register.rules.lines import Other, RecordLine, Sheet, SheetLine
from odoo.addons.lesson_register.rules.register import sort_key
from odoo.addons.lesson_register.services.source import Source, bounds, local

from ...models import telegram_choices
from ..messages import group_texts
from . import channels, guests, school_sheet, sheet, timeline


class TelegramSource(Source):
    """The source of what was observed on Telegram. A lesson is a `telegram.lesson`, a class its
    `telegram.chat`; a lesson is in a register once it has a sheet."""

    lesson_model, class_model = "telegram.lesson", "telegram.chat"
    address = "/telegram/report"

    def __init__(self, env):
        super().__init__(env)
        self.evidence = sheet.LessonSheet(env["telegram.lesson"]).evidence_words()

    def labels(self):
        return dict(telegram_choices.statuses(self))

    def footnote(self):
        return _("As observed on Telegram.")

    def check(self, kind, record):
        if kind == "student":
            self._check_person(record)
            return
        try:
            record.check_access_rights("read")
            record.check_access_rule("read")
        except AccessError:  # its own words name models and groups
            raise AccessError(
                _("Only those who teach or supervise the class may see this.")
            ) from None

    def _check_person(self, partner):
        """Raise AccessError unless this is the user or a ward of theirs, or the user sees a line of
        this person, or their place in a class."""
        if partner in self.env.user.partner_id | self.env.user.partner_id._telegram_wards():
            return
        for name in ("telegram.attendance", "telegram.roster"):
            model = self.env[name]
            own = [("partner_id", "=", partner.id)]
            if model.check_access_rights("read", False) and model.search(own, limit=1):
                return
        raise AccessError(_("You may not see this person's attendance."))

    def refresh(self, lesson):
        record = self._record(lesson)
        if record:
            timeline.Timeline(record).look()
            lesson.invalidate_cache()

    def _record(self, lesson):
        """Return the school's lesson, as superuser in the reader's language; empty if it is
        gone."""
        row = lesson.sudo()
        model = self.env.get(row.res_model)
        if model is None:
            return self.env["telegram.lesson.mixin"]
        return model.sudo().browse(row.res_id).exists()

    # -- the sheet ------------------------------------------------------------------------------

    def sheet(self, lesson, has_remarks):
        record, row = self._record(lesson), lesson.sudo()
        if not row.start:
            raise UserError(_("This lesson has no times, and so no sheet."))
        zone = self.zone(row.chat_id)
        members, others, notes, corrected = [], [], [], {}
        if record:
            seen = channels.LessonChannels(record)
            notes = seen.sentences()
            if has_remarks:
                known = guests.LessonGuests(record)
                members = known.rows(known.readable(self.env.user))
                others = seen.rows()
                corrected = school_sheet.SchoolSheet(record).by_hand()
        start, stop = local(row.start, zone), row.stop and local(row.stop, zone)
        hours = [at.strftime("%H:%M") for at in (start, stop) if at]
        lines = self.env["telegram.attendance"].search([("lesson_id", "=", lesson.id)])
        return Sheet(
            self.class_name(row.chat_id),
            row.name or "",
            start.date(),
            "%s %s (%s)" % (format_date(self.env, start.date()), "–".join(hours), zone),
            self.school(row.chat_id),
            row.teacher_id.name or "",
            self._sheet_lines(lines, zone, corrected),
            [Other(**guest) for guest in members],
            [Other(**channel) for channel in others],
            notes,
        )

    def _sheet_lines(self, lines, zone, corrected):
        """Return the `rules.lines.SheetLine`s by name. corrected: as of `SchoolSheet.by_hand`."""
        roles = dict(lines._fields["role"]._description_selection(self.env))
        names = {line: line.sudo().partner_id.name or line.person_name or "" for line in lines}
        return [
            SheetLine(
                *self._cells(line, zone, corrected.get(line.partner_id.id)),
                name=names[line],
                is_student=line.role == "student",
                role=roles.get(line.role, ""),
                low=line.minutes_low,
                high=line.minutes_high,
                is_corrected=line.partner_id.id in corrected,
            )
            for line in lines.sorted(lambda one: (one.role, sort_key(names[one]), one.id))
        ]

    def _cells(self, line, zone, corrected=None):
        """Return the values of a `rules.lines.Line`. corrected: the status that a person wrote into
        the school's sheet."""
        codes = (line.evidence or "").split(",")
        remarks = [self.evidence[code] for code in codes if code in self.evidence]
        if corrected:
            status = self.labels().get(corrected, corrected)
            remarks.append(_("the school's sheet says: %s") % status)
        times = [
            local(at, zone).strftime("%H:%M") if at else ""
            for at in (line.arrived_at, line.departed_at)
        ]
        status = line.status or "unknown"
        return (status, *times, line.minutes, line.percentage, ", ".join(remarks))

    # -- the register ---------------------------------------------------------------------------

    def zone(self, classroom):
        chat = classroom.sudo()
        owner = chat._owner() if chat else chat
        if owner and owner._name in chat._class_models():
            return group_texts.GroupTexts(owner).zone().zone
        return chat.company_id.partner_id.tz or "UTC"

    def lessons(self, classroom, start, stop):
        self.env["telegram.lesson"].flush()
        self.env.cr.execute(
            """
            SELECT id, start, coalesce(name, '') FROM telegram_lesson
            WHERE chat_id = %s AND start >= %s AND start < %s AND sheet_state <> 'none'
                AND is_planned IS NOT FALSE
            ORDER BY start, id
            """,
            [classroom.id, start, stop],
        )
        return self.env.cr.fetchall()

    def marks(self, classroom, lesson_ids):
        self.env["telegram.attendance"].flush()
        self.env.cr.execute(
            """
            SELECT partner_id, lesson_id, coalesce(status, 'unknown') FROM telegram_attendance
            WHERE lesson_id = ANY(%s) AND role = 'student'
            """,
            [lesson_ids],
        )
        return {(student, lesson): status for student, lesson, status in self.env.cr.fetchall()}

    def enrolled(self, classroom, first, last):
        start, stop = bounds(first, last, self.zone(classroom))
        self.env["telegram.roster"].flush()
        self.env.cr.execute(
            """
            SELECT partner_id FROM telegram_roster
            WHERE chat_id = %s AND role = 'student' AND in_since < %s
                AND coalesce(in_until, valid_until, %s) >= %s
            """,
            [classroom.id, stop, stop, start],
        )
        return [row[0] for row in self.env.cr.fetchall()]

    # -- the record -----------------------------------------------------------------------------

    def lines(self, partner, first, last):
        for name in ("telegram.attendance", "telegram.lesson"):
            self.env[name].flush()
        # in SQL, since the family reads its lines and not their lessons
        self.env.cr.execute(
            """
            SELECT line.id FROM telegram_attendance AS line
            JOIN telegram_lesson AS lesson ON lesson.id = line.lesson_id
            WHERE line.partner_id = %s AND line.role = 'student'
                AND lesson.start BETWEEN %s::date - 1 AND %s::date + 2
                AND lesson.is_planned IS NOT FALSE
            """,
            [partner.id, first, last],
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        zones, found = {}, []
        for line in self.env["telegram.attendance"].search([("id", "in", ids)]):
            lesson = line.sudo().lesson_id
            chat = lesson.chat_id
            zone = zones.setdefault(chat, zones.get(chat) or self.zone(chat))
            start = local(lesson.start, zone)
            if first <= start.date() <= last:
                name = self.class_name(chat) if chat else ""
                cells = self._cells(line, zone)
                found.append(RecordLine(*cells, start, name, chat.id or 0, lesson.name or ""))
        return sorted(found, key=lambda line: line.start)

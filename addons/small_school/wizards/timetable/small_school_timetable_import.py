"""The import of a timetable from a CSV file, by the steps of the import of a roster."""

from odoo import _, fields, models

from odoo.addons.lesson_register.rules import asked

from ...models.timetable.small_school_pattern import WEEKDAYS
from ...rules import reading
from ..membership.roster_people import literal
from ..own_rights import OwnRights

#: Headers as people write them → our columns.
HEADERS = {
    "classe": "classroom",
    "classroom": "classroom",
    "class": "classroom",
    "matière": "name",
    "matiere": "name",
    "sujet": "name",
    "subject": "name",
    "jour": "weekdays",
    "jours": "weekdays",
    "day": "weekdays",
    "days": "weekdays",
    "weekday": "weekdays",
    "heure": "hour",
    "début": "hour",
    "debut": "hour",
    "time": "hour",
    "start": "hour",
    "durée": "duration",
    "duree": "duration",
    "duration": "duration",
    "enseignant": "teacher",
    "professeur": "teacher",
    "teacher": "teacher",
    "du": "date_from",
    "de": "date_from",
    "from": "date_from",
    "au": "date_to",
    "à": "date_to",
    "to": "date_to",
    "until": "date_to",
    "semaines": "every",
    "weeks": "every",
    "every": "every",
}

#: The most weeks between two lessons of a timetable.
MOST_WEEKS = 52


class ClassroomTimetableImport(OwnRights, models.TransientModel):
    """Imports weekly lessons in two steps, as rosters are: a preview of every row, then the import
    of the good ones. Lessons at the same time are imported all the same, and shown as conflicts."""

    _name = "small_school.timetable.import"
    _description = "Import a timetable"
    _inherit = "small_school.import"

    _headers = HEADERS
    _required = frozenset({"classroom", "name", "weekdays", "hour", "duration"})

    line_ids = fields.One2many("small_school.timetable.import.line", "wizard_id", "Rows")

    def _see(self, seen, row, values):
        """Add a row to what is known of rows: {what makes a lesson the same: the first such
        row}."""
        seen.setdefault(self._same(values), row)

    def _same(self, values):
        return tuple(values[name] or "" for name in ("classroom", "name", "weekdays", "hour"))

    def _preview_row(self, row, cells, seen):
        """Return values of the line of one row. seen: as of `_seen`, to which this row is added."""
        vals = {name: cells.get(name, "") for name in set(HEADERS.values())}
        reason = self._row_fault(vals)
        if not reason and self._same(vals) in seen:
            reason = _("The same lesson stands in row %s already.") % seen[self._same(vals)]
        if not reason:
            self._see(seen, row, vals)
        vals.update(
            state="refused" if reason else "ready",
            reason=reason,
            action=False if reason else "update" if self._pattern(vals) else "create",
        )
        return vals

    def _row_fault(self, vals):
        """Return the sentence about the first fault of a row; False without one."""
        if not vals["name"]:
            return _("The subject is missing.")
        ambiguous = self._ambiguous_classroom(vals["classroom"])
        if ambiguous:
            return ambiguous
        if not self._classroom(vals):
            return _("There is no classroom “%s”: import its roster first.") % vals["classroom"]
        if reading.weekdays(vals["weekdays"]) is None:
            return _("“%s” is not a day of the week.") % vals["weekdays"]
        if reading.clock(vals["hour"]) is None:
            return _("“%s” is not a time: write it like 10:30.") % vals["hour"]
        if reading.length(vals["duration"]) is None:
            return (
                _("“%s” is not a duration: write it like 1:30, or in minutes.") % vals["duration"]
            )
        for name in ("date_from", "date_to"):
            day = reading.day(vals[name])
            if vals[name] and not (day and asked.is_meant(day)):
                return _("“%s” is not a date: write it like 2026-09-01.") % vals[name]
        if vals["every"] and not asked.number(vals["every"], MOST_WEEKS):
            return _("“%s” is not a number of weeks.") % vals["every"]
        if vals["teacher"] and len(self._teacher(vals)) != 1:
            return _("“%s” is not exactly one teacher of the school.") % vals["teacher"]
        return False

    def _title(self):
        return _("Import a timetable")

    def _classroom(self, vals):
        return self._classrooms_named(vals["classroom"])[:1]

    def _teacher(self, vals):
        """Return the people whom the row may name as teacher, by name or e-mail: those who teach
        that classroom, else those who teach another one, else anybody."""
        partners = self.env["res.partner"]
        if not vals["teacher"]:
            return partners
        teacher = literal(vals["teacher"])
        named = ["|", ("name", "=ilike", teacher), ("email", "=ilike", teacher)]
        own = ("assignment_ids.classroom_id", "=", self._classroom(vals).id)
        return (
            partners.search([own] + named)
            or partners.search([("assignment_ids", "!=", False)] + named)
            or partners.search(named)
        )

    def _pattern(self, vals):
        """Return the weekly lesson of the row: same classroom, subject and days; of several, the
        one at the same time."""
        days = reading.weekdays(vals["weekdays"])
        patterns = self.env["small_school.pattern"].search(
            [("classroom_id", "=", self._classroom(vals).id), ("name", "=", vals["name"])]
        )
        same = patterns.filtered(lambda one: one._rule().weekdays == days)
        if len(same) > 1:
            at = reading.clock(vals["hour"])
            same = same.filtered(lambda one: one._rule().at == at)
        return same[:1]

    def _import_row(self, line):
        """Make the row's weekly lesson, or bring it up to date."""
        row = {name: line[name] or "" for name in set(HEADERS.values())}
        at, days = reading.clock(row["hour"]), reading.weekdays(row["weekdays"])
        vals = {name: day in days for day, name in enumerate(WEEKDAYS)}
        vals.update(
            hour=at.hour + at.minute / 60.0,
            duration=reading.length(row["duration"]).total_seconds() / 3600,
            teacher_id=self._teacher(row).id,
        )
        if row["every"]:
            vals["every"] = asked.number(row["every"])
        for name in ("date_from", "date_to"):
            if row[name]:
                vals[name] = reading.day(row[name])
        pattern = self._pattern(row)
        if pattern:
            pattern.write(vals)
        else:
            vals.update(classroom_id=self._classroom(row).id, name=row["name"])
            pattern.create(vals)

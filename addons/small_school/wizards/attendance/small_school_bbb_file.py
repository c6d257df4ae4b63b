"""One file of BigBlueButton becomes the sheet of one lesson."""

import json

import pytz

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...models.attendance.sheet import Sheet
from ...rules import bigbluebutton as rules
from ...rules.names import exact
from ..own_rights import OwnRights


class ClassroomBbbFile(OwnRights, models.TransientModel):
    """A file, and the lesson to which it is imported."""

    _name = "small_school.bbb.file"
    _description = "Attendance file of a lesson"
    _order = "start, id"

    wizard_id = fields.Many2one("small_school.bbb.import", required=True, ondelete="cascade")
    attachment_id = fields.Many2one("ir.attachment", ondelete="set null")
    filename = fields.Char("File", readonly=True)
    name = fields.Char("Lesson", required=True)
    start = fields.Datetime("Start", required=True)
    stop = fields.Datetime("End", required=True)
    local_time = fields.Char("Local time", compute="_compute_local_time")
    lesson_id = fields.Many2one("small_school.lesson", "Goes to")
    people = fields.Integer("People", readonly=True)
    is_taken = fields.Boolean("Import", default=True)
    is_done = fields.Boolean("Imported", readonly=True)

    @api.depends("start", "stop", "wizard_id.classroom_id.tz")
    def _compute_local_time(self):
        for file in self:
            zone = pytz.timezone(file.wizard_id.classroom_id.tz or "UTC")
            start, stop = (pytz.utc.localize(at).astimezone(zone) for at in (file.start, file.stop))
            file.local_time = "%s %s–%s" % (
                start.strftime("%Y-%m-%d"),
                start.strftime("%H:%M"),
                stop.strftime("%H:%M"),
            )

    def _import(self):
        """Make the lesson with its sheet, or bring them up to date. Raises UserError."""
        self.ensure_one()
        if self.stop <= self.start:
            raise UserError(_("%s: the lesson ends before it begins.") % self.filename)
        if (self.lesson_id or self).stop > fields.Datetime.now():
            raise UserError(_("%s: a lesson that is not over yet is not imported.") % self.filename)
        wizard = self.wizard_id
        content = wizard._read_file(self.attachment_id)
        people = content.people
        key = wizard._key(people, wizard._zone())
        lesson = self._lesson(key)
        stays, doubts = self._presence(content)
        self._write_lines(lesson, key, people, stays, doubts)
        # from now on the sheet is the imported one, and not computed from calls
        lesson.write({"state": "held", "sheet_state": "final", "is_imported": True})
        self.write({"is_done": True, "lesson_id": lesson.id})

    def _presence(self, content):
        """Return ({partner: [their rows]}, {partner: the doubt}) of a `rules.bigbluebutton.Read`. A
        doubt, "namesake" or "unreadable", says why it is not known whether somebody was there.

        A person without a row was absent only if every row was read and named somebody else.
        """
        names = self.wizard_id.name_ids
        own = names.filtered(lambda name: name.attachment_id == self.attachment_id)
        by_row = {name.line: name for name in own}
        by_name = {exact(name.name): name for name in names if not name.attachment_id}
        stays, doubts = {}, {}
        for person in content.people:
            name = by_row.get(person.line) or by_name.get(exact(person.name))
            if name and name.partner_id:
                stays.setdefault(name.partner_id, []).append(person)
            elif name and not name.is_nobody:
                doubts.update(dict.fromkeys(name.namesake_ids, "namesake"))
        if any(problem.line for problem in content.problems):
            everybody = self.env["res.partner"].browse(
                [partner_id for partner_id, _name in self.wizard_id._people()]
            )
            for partner in everybody:
                doubts.setdefault(partner, "unreadable")
        return stays, {partner: why for partner, why in doubts.items() if partner not in stays}

    def _lesson(self, key):
        """Return the lesson of the file, found or made, with the file's key in its `import_key`. A
        file that was imported before stays with its lesson. A lesson has several files if its
        meeting was restarted. Raises UserError."""
        classroom = self.wizard_id.classroom_id
        imported = self.wizard_id._imported_lesson(key)
        if self.lesson_id and self.lesson_id.classroom_id != classroom:
            raise UserError(_("%s: choose a lesson of this classroom.") % self.filename)
        if self.lesson_id and imported and self.lesson_id != imported:
            raise UserError(
                _("%s was imported before, for “%s” (%s): it can go to no other lesson.")
                % (self.filename, imported.name, imported.local_time)
            )
        lesson = imported or self.lesson_id or self._sibling().lesson_id
        if not lesson:
            return self.env["small_school.lesson"].create(
                {
                    "classroom_id": classroom.id,
                    "name": self.name,
                    "start": self.start,
                    "stop": self.stop,
                    "import_key": key,
                    "is_imported": True,
                }
            )
        if lesson.sheet_state == "confirmed":
            raise UserError(
                _(
                    "%s: the sheet of “%s” is confirmed. Have it unlocked, or do not import this file."
                )
                % (self.filename, lesson.display_name)
            )
        if self._has_own_sheet(lesson):
            raise UserError(
                _("%s: “%s” (%s) has a sheet already. Leave this file out.")
                % (self.filename, lesson.name, lesson.local_time)
            )
        keys = set((lesson.import_key or "").split()) | {key}
        lesson.write({"import_key": " ".join(sorted(keys)), "is_imported": True})
        return lesson

    @api.model
    def _has_own_sheet(self, lesson):
        """Return whether somebody has filled the sheet in, or a call was observed."""
        return not lesson.is_imported and any(
            line.status not in (False, "unknown") or line.corrected for line in lesson.line_ids
        )

    def _sibling(self):
        """Return a file that was imported just now and has the same lesson, by its name and
        times."""
        own = (self.name, self.start, self.stop)
        return self.wizard_id.file_ids.filtered(
            lambda file: file.is_done and (file.name, file.start, file.stop) == own
        )[:1]

    def _write_lines(self, lesson, key, people, stays, doubts):
        """Write the lesson's sheet. stays, doubts: as of `_presence`."""
        zone, limits = self.wizard_id._zone(), self.wizard_id._limits()
        stop = pytz.utc.localize(lesson.stop).astimezone(zone).replace(tzinfo=None)
        last = max(stop, *(person.left or person.joined for person in people))
        roles = dict(Sheet(lesson).people())
        lines = {line.partner_id: line for line in lesson.line_ids}
        partners = list(roles)
        partners += [partner for partner in stays if partner not in roles]
        # people of earlier imports of this lesson
        partners += [one for one in lines if lines[one].import_stays and one not in partners]
        new = []
        for partner in partners:
            line = lines.get(partner)
            by_file = json.loads(line.import_stays or "{}") if line else {}
            by_file.pop(key, None)
            if stays.get(partner):
                by_file[key] = self._stay_to_json(rules.stay(stays[partner], last), zone)
            elif partner in doubts:
                by_file[key] = doubts[partner]
            values = self._values(by_file, lesson, limits)
            if line is None:
                ids = {"lesson_id": lesson.id, "partner_id": partner.id}
                new.append(dict(values, role=roles.get(partner, "student"), **ids))
                continue
            if line.corrected or line.is_excused:
                values.pop("status")
            changed = {name: value for name, value in values.items() if line[name] != value}
            if changed:
                line._as_computed().write(changed)
        self.env["small_school.attendance"]._as_computed().create(new)

    def _stay_to_json(self, stay, zone):
        """Return [arrival, departure (UTC, ISO), seconds] of one person in one file."""
        at = [self.wizard_id._utc(one, zone).isoformat() for one in (stay.arrived, stay.departed)]
        return [*at, stay.seconds]

    def _values(self, by_file, lesson, limits):
        """The values of a line. by_file: {key of a file: [arrival, departure, seconds], or the
        doubt}, for all files of the lesson."""
        doubts = [doubt for doubt in by_file.values() if isinstance(doubt, str)]
        values = {"evidence": self._evidence(doubts), "arrived_at": False, "departed_at": False}
        values["import_stays"] = json.dumps(by_file, sort_keys=True) if by_file else False
        length = (lesson.stop - lesson.start).total_seconds()
        stays = [
            rules.Stay(_from_iso(stay[0]), _from_iso(stay[1]), stay[2])
            for stay in by_file.values()
            if not isinstance(stay, str)
        ]
        status, minutes = "unknown" if doubts else "absent", 0.0
        if stays:
            status, minutes = rules.status(stays, lesson.start, lesson.stop, limits)
            values["arrived_at"] = min(stay.arrived for stay in stays)
            values["departed_at"] = max(stay.departed for stay in stays)
            if doubts and status == "absent":
                status = "unknown"
        most = length / 60 if doubts else minutes
        share = 100 * minutes * 60 / length
        return dict(
            values,
            status=status,
            computed_status=status,
            minutes=minutes,
            minutes_low=minutes,
            minutes_high=most,
            percentage=round(share, 1),
        )

    def _evidence(self, doubts):
        lang = self.wizard_id.classroom_id.lang
        return self.with_context(lang=lang)._evidence_words(doubts)

    def _evidence_words(self, doubts):
        """Return the evidence of an imported line, in the classroom's language."""
        if "unreadable" in doubts:
            return _("imported from BigBlueButton; a row of its file could not be read")
        if doubts:
            return _(
                "imported from BigBlueButton; which of several people of this name was there is "
                "not known"
            )
        return _("imported from BigBlueButton")


def _from_iso(text):
    return fields.Datetime.to_datetime(text.replace("T", " "))

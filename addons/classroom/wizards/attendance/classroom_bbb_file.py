import json

import pytz

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...rules import bigbluebutton as rules
from ...rules.names import exact
from ..own_rights import OwnRights


class ClassroomBbbFile(OwnRights, models.TransientModel):
    """A file, and the lesson that it is about."""

    _name = "classroom.bbb.file"
    _description = "Attendance file of a lesson"
    _order = "start, id"

    wizard_id = fields.Many2one("classroom.bbb.import", required=True, ondelete="cascade")
    attachment_id = fields.Many2one("ir.attachment", ondelete="set null")
    filename = fields.Char("File", readonly=True)
    name = fields.Char("Lesson", required=True)
    start = fields.Datetime("Start", required=True)
    stop = fields.Datetime("End", required=True)
    local_time = fields.Char("Local time", compute="_compute_local_time")
    lesson_id = fields.Many2one("classroom.lesson", "Goes to")
    people = fields.Integer("People", readonly=True)
    is_taken = fields.Boolean("Import", default=True)
    is_done = fields.Boolean("Imported", readonly=True)

    @api.depends("start", "stop", "wizard_id.classroom_id.tz")
    def _compute_local_time(self):
        for one in self:
            zone = pytz.timezone(one.wizard_id.classroom_id.tz or "UTC")
            start, stop = (pytz.utc.localize(at).astimezone(zone) for at in (one.start, one.stop))
            one.local_time = "%s %s–%s" % (
                start.strftime("%Y-%m-%d"),
                start.strftime("%H:%M"),
                stop.strftime("%H:%M"),
            )

    def _import(self):
        """Make the lesson with its sheet, or bring them up to date."""
        self.ensure_one()
        if self.stop <= self.start:
            raise UserError(_("%s: the lesson ends before it begins.") % self.filename)
        if (self.lesson_id or self).stop > fields.Datetime.now():
            raise UserError(_("%s: a lesson that is not over yet is not imported.") % self.filename)
        wizard = self.wizard_id
        found = wizard._read_file(self.attachment_id)
        people = found.people
        key = wizard._key(people, wizard._zone())
        lesson = self._lesson(key)
        stays, doubts = self._who_was_there(found)
        self._write_lines(lesson, key, people, stays, doubts)
        # the sheet is what was imported, whoever looks at calls later
        lesson.write({"state": "held", "sheet_state": "final", "is_imported": True})
        self.write({"is_done": True, "lesson_id": lesson.id})

    def _who_was_there(self, found):
        """({partner: their rows}, {partner: why it is not known whether they were there}).

        Who is in no row was absent only if every row was read, and is known to be somebody else's.
        """
        names = self.wizard_id.name_ids
        own = names.filtered(lambda one: one.attachment_id == self.attachment_id)
        by_row = {one.line: one for one in own}
        by_name = {exact(one.name): one for one in names if not one.attachment_id}
        stays, doubts = {}, {}
        for person in found.people:
            name = by_row.get(person.line) or by_name.get(exact(person.name))
            if name and name.partner_id:
                stays.setdefault(name.partner_id, []).append(person)
            elif name and not name.is_nobody:
                doubts.update(dict.fromkeys(name.namesake_ids, "namesake"))
        if any(problem.line for problem in found.problems):
            everybody = self.env["res.partner"].browse(
                [partner_id for partner_id, _name in self.wizard_id._people()]
            )
            doubts.update({one: "unreadable" for one in everybody if one not in doubts})
        return stays, {one: why for one, why in doubts.items() if one not in stays}

    def _lesson(self, key):
        """The file's lesson, which then knows the file: one that was imported before stays where it
        went. A lesson may have several: its meeting was restarted."""
        classroom = self.wizard_id.classroom_id
        known = classroom._imported_lesson(key)
        if self.lesson_id and self.lesson_id.classroom_id != classroom:
            raise UserError(_("%s: choose a lesson of this classroom.") % self.filename)
        if self.lesson_id and known and self.lesson_id != known:
            raise UserError(
                _("%s was imported before, for “%s” (%s): it can go to no other lesson.")
                % (self.filename, known.name, known.local_time)
            )
        lesson = known or self.lesson_id or self._sibling().lesson_id
        if not lesson:
            return self.env["classroom.lesson"].create(
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
        if lesson._has_own_sheet():
            raise UserError(
                _("%s: “%s” (%s) has a sheet already. Leave this file out.")
                % (self.filename, lesson.name, lesson.local_time)
            )
        keys = set((lesson.import_key or "").split()) | {key}
        lesson.write({"import_key": " ".join(sorted(keys)), "is_imported": True})
        return lesson

    def _sibling(self):
        """A file of this import that was just taken and is, by its times, of the same lesson."""
        return self.wizard_id.file_ids.filtered(
            lambda one: (
                one.is_done
                and (one.name, one.start, one.stop) == (self.name, self.start, self.stop)
            )
        )[:1]

    def _write_lines(self, lesson, key, people, stays, doubts):
        zone, limits = self.wizard_id._zone(), self.wizard_id._limits()
        stop = pytz.utc.localize(lesson.stop).astimezone(zone).replace(tzinfo=None)
        last = max(stop, *(one.left or one.joined for one in people))
        roles = dict(lesson._sheet_partners())
        lines = {line.partner_id: line for line in lesson.line_ids}
        computed = self.env["classroom.attendance"]._computed()
        new = []
        partners = list(roles)
        partners += [one for one in stays if one not in roles]
        partners += [one for one in lines if lines[one].import_stays and one not in partners]
        for partner in partners:
            line = lines.get(partner)
            known = json.loads(line.import_stays or "{}") if line else {}
            known.pop(key, None)
            if stays.get(partner):
                known[key] = self._kept(rules.stay(stays[partner], last), zone)
            elif partner in doubts:
                known[key] = doubts[partner]
            values = self._values(known, lesson, limits)
            if line is None:
                own = {"lesson_id": lesson.id, "partner_id": partner.id}
                new.append(dict(values, role=roles.get(partner, "student"), **own))
                continue
            if line.corrected or line.is_excused:
                values.pop("status")
            changed = {name: one for name, one in values.items() if line[name] != one}
            if changed:
                line._computed().write(changed)
        computed.create(new)

    def _kept(self, stay, zone):
        """What is kept of a file about one person: came, left (UTC, ISO), seconds."""
        at = [self.wizard_id._utc(one, zone).isoformat() for one in (stay.arrived, stay.departed)]
        return [*at, stay.seconds]

    def _values(self, known, lesson, limits):
        """What a line says. known: {file's key: what is kept of it, or why it is not known whether
        they were there}, for all files of the lesson."""
        doubts = [one for one in known.values() if isinstance(one, str)]
        values = {"evidence": self._evidence(doubts), "arrived_at": False, "departed_at": False}
        values["import_stays"] = json.dumps(known, sort_keys=True) if known else False
        length = (lesson.stop - lesson.start).total_seconds()
        instant = fields.Datetime.to_datetime
        stays = [
            rules.Stay(instant(one[0].replace("T", " ")), instant(one[1].replace("T", " ")), one[2])
            for one in known.values()
            if not isinstance(one, str)
        ]
        status, minutes = "unknown" if doubts else "absent", 0.0
        if stays:
            status, minutes = rules.status(stays, lesson.start, lesson.stop, limits)
            values["arrived_at"] = min(one.arrived for one in stays)
            values["departed_at"] = max(one.departed for one in stays)
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
        if "unreadable" in doubts:
            return _("imported from BigBlueButton; a row of its file could not be read")
        if doubts:
            return _(
                "imported from BigBlueButton; which of several people of this name was there is "
                "not known"
            )
        return _("imported from BigBlueButton")

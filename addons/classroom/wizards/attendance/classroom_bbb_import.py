import base64
import re
from datetime import timedelta

import pytz

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ...rules import bigbluebutton as rules
from ...rules.names import CERTAIN, Finder, exact
from ..own_rights import OwnRights

_DAY = re.compile(r"(20\d\d-\d\d-\d\d)")


class ClassroomBbbImport(OwnRights, models.TransientModel):
    """Takes past attendance over from the files that BigBlueButton's learning dashboard exports: look
    at the lessons and at whose each name is first, then import. Doing it twice doubles nothing."""

    _name = "classroom.bbb.import"
    _description = "Import attendance from BigBlueButton"

    classroom_id = fields.Many2one("classroom.classroom", "Classroom", required=True)
    attachment_ids = fields.Many2many("ir.attachment", string="Files (CSV)")
    tz = fields.Selection(
        "_tz_selection",
        "Clock of the files",
        help="The time zone of the browser in which the files were downloaded; empty: the "
        "classroom's.",
    )
    order = fields.Selection(
        [
            ("auto", "As the files tell"),
            ("dmy", "Day first (31/12/2026)"),
            ("mdy", "Month first (12/31/2026)"),
        ],
        "Dates",
        required=True,
        default="auto",
    )
    state = fields.Selection(
        [("upload", "Files"), ("check", "Lessons and names"), ("done", "Done")], default="upload"
    )
    file_ids = fields.One2many("classroom.bbb.file", "wizard_id", "Lessons")
    name_ids = fields.One2many("classroom.bbb.name", "wizard_id", "Names")
    problems = fields.Text("What could not be read", readonly=True)
    open_count = fields.Integer("Names to decide", compute="_compute_open_count")

    @api.model
    def _tz_selection(self):
        return self.env["classroom.classroom"]._tz_selection()

    @api.depends("name_ids.partner_id", "name_ids.is_nobody")
    def _compute_open_count(self):
        for wizard in self:
            wizard.open_count = len(wizard.name_ids.filtered(lambda one: not one._is_decided()))

    @api.model_create_multi
    def create(self, vals_list):
        # Odoo 13 asks for no rights on what is transient
        if not (self.env.su or self.env.user.has_group("classroom.group_supervisor")):
            raise AccessError(
                _("Only a supervisor or manager of the school may import attendance.")
            )
        return super().create(vals_list)

    def unlink(self):
        self._drop_files()
        return super().unlink()

    def _drop_files(self):
        """Only what was uploaded here: an address may name any attachment."""
        for wizard in self.sudo():
            own = wizard.attachment_ids.filtered(
                lambda one, who=wizard.create_uid: one.create_uid == who and not one.res_id
            )
            own.unlink()

    # -- looking --------------------------------------------------------------------------------

    def action_read(self):
        """Read the files: the lessons that they are about, and a proposal for each name."""
        self.ensure_one()
        self._check_may()
        if not self.attachment_ids:
            raise UserError(_("Choose one file at least."))
        self.file_ids.unlink()
        self.name_ids.unlink()
        problems, names = [], {}
        for attachment in self.attachment_ids:
            found = self._read_file(attachment)
            problems += [self._words(attachment.name, one) for one in found.problems]
            if not found.people:
                continue
            self.file_ids.create(self._file_values(attachment, found.people))
            for person in found.people:
                names.setdefault(exact(person.name), []).append((attachment, person))
        self._unite()
        self._propose(names)
        self.write({"problems": "\n".join(problems) or False})
        if self.file_ids:
            self.state = "check"
        return self._reopen()

    def _unite(self):
        """Files that run at the same time, and have no lesson yet, are proposed as one."""
        files = self.file_ids.filtered(lambda one: not one.lesson_id)
        spans = rules.overlapping([(one.name, one.start, one.stop) for one in files])
        for one, (start, stop) in zip(files, spans):
            one.write({"start": start, "stop": stop})

    def _check_may(self):
        self.check_access_rights("write")
        self.classroom_id.check_access_rights("read")
        self.classroom_id.check_access_rule("read")

    def _read_file(self, attachment):
        """A `rules.bigbluebutton.Read`."""
        content = base64.b64decode(attachment.datas or b"")
        for encoding in (
            "utf-8-sig",
            "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252",
        ):
            try:
                text = content.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
        else:
            text = ""
        day = _DAY.search(attachment.name or "")
        try:
            near = fields.Date.to_date(day.group(1)) if day else None
        except ValueError:
            near = None
        return rules.read(text, None if self.order == "auto" else self.order, near)

    def _file_values(self, attachment, people):
        zone = self._zone()
        start, stop = rules.proposed_times(people)
        values = {
            "wizard_id": self.id,
            "attachment_id": attachment.id,
            "filename": attachment.name,
            "name": self._subject(attachment.name),
            "start": self._utc(start, zone),
            "stop": self._utc(stop, zone),
            "people": len({exact(one.name) for one in people}),
        }
        key = self._key(people, zone)
        meeting = self.classroom_id._imported_lesson(key)
        meeting = meeting or self._lesson_at(values["start"], values["stop"])
        if meeting:
            values.update(
                lesson_id=meeting.id, name=meeting.name, start=meeting.start, stop=meeting.stop
            )
        return values

    def _lesson_at(self, start, stop):
        """The lesson that is meant by a meeting at that time: it takes up most of the lesson, or, where
        it was only a part of it, lies mostly within."""
        lessons = self.env["classroom.lesson"].search(
            [
                ("classroom_id", "=", self.classroom_id.id),
                ("state", "!=", "cancelled"),
                ("start", "<", stop),
                ("stop", ">", start),
            ]
        )
        shared = {one: min(one.stop, stop) - max(one.start, start) for one in lessons}
        near = lessons.filtered(
            lambda one: shared[one] > min(one.stop - one.start, stop - start) / 2
        )
        return near.sorted(shared.get, reverse=True)[:1]

    def _subject(self, filename):
        """“LearningDashboard_Algèbre-2_2026-03-05.csv” → “Algèbre 2”."""
        stem = re.sub(r"\.[^.]*$", "", filename or "")
        stem = _DAY.sub("", re.sub(r"^LearningDashboard[_ ]", "", stem))
        return " ".join(re.split(r"[-_\s]+", stem)).strip() or _("Lesson")

    def _zone(self):
        return pytz.timezone(self.tz or self.classroom_id.tz or "UTC")

    @api.model
    def _utc(self, at, zone):
        return zone.localize(at).astimezone(pytz.utc).replace(tzinfo=None)

    @api.model
    def _key(self, people, zone):
        """What a meeting is known again by, in whatever language its file was saved and whenever: the
        instant at which its first person came."""
        first = self._utc(min(one.joined for one in people), zone)
        return "bbb:%s" % first.strftime("%Y-%m-%dT%H:%M:%S")

    def _words(self, filename, problem):
        words = {
            rules.NO_COLUMNS: _(
                "this is not the file of the learning dashboard (its columns: %s)."
            ),
            rules.NO_ROWS: _("there is nobody in this file."),
            rules.NO_NAME: _("the name is missing."),
            rules.BAD_DATE: _("“%s” is not a date with an hour."),
            rules.BAD_DURATION: _("“%s” is not a duration (hours:minutes:seconds)."),
            rules.BACKWARDS: _("left before coming: %s."),
            rules.ORDER: _(
                "“%s” can be read with the day or with the month first: choose it above, and read "
                "the files again."
            ),
        }
        said = words[problem.code]
        said = said % problem.text if "%s" in said else said
        if problem.line:
            return _("%s, line %s: %s") % (filename, problem.line, said)
        return "%s: %s" % (filename, said)

    # -- whose each name is ---------------------------------------------------------------------

    def _people(self):
        """[(id, name)] of everybody who ever belonged to the classroom."""
        classroom = self.classroom_id.sudo().with_context(active_test=False)
        partners = classroom.enrolment_ids.mapped("partner_id")
        partners |= classroom.assignment_ids.mapped("partner_id")
        partners |= classroom.lesson_ids.mapped("teacher_id") | classroom.lesson_ids.mapped(
            "substitute_id"
        )
        return [(partner.id, partner.name or "") for partner in partners]

    def _propose(self, names):
        """names: {name as the rules compare it: [(attachment, rules.bigbluebutton.Person)]}."""
        finder = Finder(self._people())
        proposed = [(finder.propose(rows[0][1].name), rows) for rows in names.values()]
        # what is to be decided stands first
        for found, rows in sorted(proposed, key=lambda one: one[0].is_certain):
            namesakes = self._namesakes(finder, found, rows)
            if namesakes:
                for attachment, person in rows:
                    self.name_ids.create(self._namesake_values(namesakes, attachment, person))
                continue
            self.name_ids.create(
                {
                    "wizard_id": self.id,
                    "name": rows[0][1].name,
                    "is_moderator": any(person.is_moderator for _file, person in rows),
                    "how": "several" if found.rivals else found.how or "none",
                    # what is not certain is only suggested: somebody must take it
                    "partner_id": found.key if found.is_certain else False,
                    "suggested_id": found.key,
                }
            )

    @api.model
    def _namesakes(self, finder, found, rows):
        """Keys of the people whom the rows of one name may be; empty where it is one person's name,
        or that person's spelling and no file has it twice."""
        if found.how not in CERTAIN:
            return ()
        files = [attachment for attachment, _person in rows]
        is_twice = len(files) > len(set(files))
        namesakes = finder.namesakes(rows[0][1].name)
        return namesakes if found.rivals or (is_twice and len(namesakes) > 1) else ()

    def _namesake_values(self, namesakes, attachment, person):
        """One row of people whom the name does not tell apart."""
        times = "%s–%s" % (
            person.joined.strftime("%H:%M"),
            person.left.strftime("%H:%M") if person.left else "",
        )
        return {
            "wizard_id": self.id,
            "name": person.name,
            "attachment_id": attachment.id,
            "line": person.line,
            "times": _("%s, %s minutes (%s)") % (times, person.seconds // 60, attachment.name),
            "is_moderator": person.is_moderator,
            "how": "namesakes",
            "namesake_ids": [(6, 0, namesakes)],
        }

    # -- taking ---------------------------------------------------------------------------------

    def action_import(self):
        """Make the lessons and their sheets. All or nothing."""
        self.ensure_one()
        self._check_may()
        undecided = self.name_ids.filtered(lambda one: not one._is_decided())
        if undecided:
            raise UserError(
                _("Say first whose these names are, or that they are nobody of the class: %s.")
                % ", ".join(undecided.mapped("name")[:20])
            )
        for line in self.file_ids.filtered("is_taken"):
            line._import()
        # what is taken over is on the sheets: names of others are not kept
        self._drop_files()
        self.state = "done"
        return self._reopen()

    def action_back(self):
        self.ensure_one()
        self.state = "upload"
        return self._reopen()

    def _limits(self):
        """From when on somebody is late and so on, in this classroom."""
        return rules.Limits(50.0, timedelta(minutes=10), timedelta(minutes=10))

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": _("Import attendance from BigBlueButton"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

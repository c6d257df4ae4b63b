"""The import of past attendance from BigBlueButton: reading its files, deciding names, making
sheets."""

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
    """Imports past attendance from the files that BigBlueButton's learning dashboard exports, in
    two steps: first the lessons and the people of the names, then the sheets, in slices of some
    files. A repeated import doubles nothing."""

    _name = "small_school.bbb.import"
    _description = "Import attendance from BigBlueButton"
    _inherit = "small_school.slices.mixin"

    classroom_id = fields.Many2one("small_school.classroom", "Classroom", required=True)
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
    file_ids = fields.One2many("small_school.bbb.file", "wizard_id", "Lessons")
    name_ids = fields.One2many("small_school.bbb.name", "wizard_id", "Names")
    problems = fields.Text("What could not be read", readonly=True)
    open_count = fields.Integer("Names to decide", compute="_compute_open_count")

    @api.model
    def _tz_selection(self):
        return self.env["small_school.classroom"]._tz_selection()

    @api.depends("name_ids.partner_id", "name_ids.is_nobody")
    def _compute_open_count(self):
        for wizard in self:
            undecided = wizard.name_ids.filtered(lambda name: not name._is_decided())
            wizard.open_count = len(undecided)

    @api.model_create_multi
    def create(self, vals_list):
        # Odoo 13 checks no rights on transient models
        if not (self.env.su or self.env.user.has_group("small_school.group_supervisor")):
            raise AccessError(
                _("Only a supervisor or manager of the school may import attendance.")
            )
        return super().create(vals_list)

    def unlink(self):
        self._drop_files()
        return super().unlink()

    def _drop_files(self):
        """Delete the files that were uploaded here; by RPC the wizard can be given any
        attachment."""
        for wizard in self.sudo():
            uploaded = wizard.attachment_ids.filtered(
                lambda file, user=wizard.create_uid: file.create_uid == user and not file.res_id
            )
            uploaded.unlink()

    # -- reading the files ----------------------------------------------------------------------

    def action_read(self):
        """Button: read the files, and propose a lesson for each file and a person for each name."""
        self.ensure_one()
        self._check_may()
        if not self.attachment_ids:
            raise UserError(_("Choose one file at least."))
        self._check_bytes(sum(self.attachment_ids.mapped("file_size")))
        self.file_ids.unlink()
        self.name_ids.unlink()
        contents, problems = self._contents(), []
        self._check_rows(sum(len(content.people) for _attachment, content in contents))
        for attachment, content in contents:
            for problem in content.problems:
                problems.append(self._problem_text(attachment.name, problem))
            if content.people:
                self.file_ids.create(self._file_values(attachment, content.people))
        self._unite_files()
        self.write({"problems": "\n".join(problems) or False})
        if not self.file_ids:
            return self._reopen()
        return self._begin(len(self._names(contents)))

    def _contents(self):
        """Return [(attachment, its `rules.bigbluebutton.Read`)]."""
        return [(attachment, self._read_file(attachment)) for attachment in self.attachment_ids]

    @api.model
    def _names(self, contents):
        """Return {name as the rules compare it: [(attachment, rules.bigbluebutton.Person)]} of
        `_contents`."""
        names = {}
        for attachment, content in contents:
            for person in content.people:
                names.setdefault(exact(person.name), []).append((attachment, person))
        return names

    def _unite_files(self):
        """Propose one lesson for files of the same time that have no lesson yet."""
        files = self.file_ids.filtered(lambda file: not file.lesson_id)
        spans = rules.overlapping([(file.name, file.start, file.stop) for file in files])
        for file, (start, stop) in zip(files, spans):
            file.write({"start": start, "stop": stop})

    def _how_to_part(self):
        return _("Choose fewer files, and import the others afterwards.")

    def _check_may(self):
        self.check_access_rights("write")
        self.classroom_id.check_access_rights("read")
        self.classroom_id.check_access_rule("read")

    def _read_file(self, attachment):
        """The `rules.bigbluebutton.Read` of a file."""
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
        """The values of the file, with the lesson that is proposed for it."""
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
        lesson = self._imported_lesson(key)
        lesson = lesson or self._lesson_at(values["start"], values["stop"])
        if lesson:
            values.update(
                lesson_id=lesson.id, name=lesson.name, start=lesson.start, stop=lesson.stop
            )
        return values

    def _imported_lesson(self, key):
        """Return the lesson to which a file with that key was imported; empty without one."""
        domain = [("classroom_id", "=", self.classroom_id.id), ("import_key", "like", key)]
        lessons = self.env["small_school.lesson"].search(domain)
        return lessons.filtered(lambda lesson: key in lesson.import_key.split())[:1]

    def _lesson_at(self, start, stop):
        """The lesson of a meeting at that time: the two share more than half of the shorter one."""
        lessons = self.env["small_school.lesson"].search(
            [
                ("classroom_id", "=", self.classroom_id.id),
                ("state", "!=", "cancelled"),
                ("start", "<", stop),
                ("stop", ">", start),
            ]
        )
        shared = {one: min(one.stop, stop) - max(one.start, start) for one in lessons}
        matching = lessons.filtered(
            lambda one: shared[one] > min(one.stop - one.start, stop - start) / 2
        )
        return matching.sorted(shared.get, reverse=True)[:1]

    def _subject(self, filename):
        """Return “Algèbre 2” for “LearningDashboard_Algèbre-2_2026-03-05.csv”."""
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
        """Return the key of a meeting: the instant at which its first person came. It does not
        depend on the language or the time at which the file was saved."""
        first = self._utc(min(person.joined for person in people), zone)
        return "bbb:%s" % first.strftime("%Y-%m-%dT%H:%M:%S")

    def _problem_text(self, filename, problem):
        """The sentence for a `rules.bigbluebutton.Problem`."""
        sentences = {
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
        text = sentences[problem.code]
        text = text % problem.text if "%s" in text else text
        if problem.line:
            return _("%s, line %s: %s") % (filename, problem.line, text)
        return "%s: %s" % (filename, text)

    # -- the people of the names ----------------------------------------------------------------

    def _people(self):
        """Return [(id, name)] of everybody who ever belonged to the classroom."""
        classroom = self.classroom_id.sudo().with_context(active_test=False)
        partners = classroom.enrolment_ids.mapped("partner_id")
        partners |= classroom.assignment_ids.mapped("partner_id")
        partners |= classroom.lesson_ids.mapped("teacher_id") | classroom.lesson_ids.mapped(
            "substitute_id"
        )
        return [(partner.id, partner.name or "") for partner in partners]

    def _propose_steps(self, first):
        """Propose a person for one name after the other."""
        finder = Finder(self._people())
        for rows in list(self._names(self._contents()).values())[first:]:
            self._propose(finder, rows)
            yield

    def _propose(self, finder, rows):
        """Propose a person for the name of these rows: [(attachment, rules.bigbluebutton.
        Person)]."""
        proposal = finder.propose(rows[0][1].name)
        doubt = {"is_doubtful": not proposal.is_certain}
        namesakes = self._namesakes(finder, proposal, rows)
        if namesakes:
            for attachment, person in rows:
                values = self._namesake_values(namesakes, attachment, person)
                self.name_ids.create(dict(values, **doubt))
            return
        self.name_ids.create(
            {
                "wizard_id": self.id,
                "name": rows[0][1].name,
                "is_moderator": any(person.is_moderator for _file, person in rows),
                "how": "several" if proposal.rivals else proposal.how or "none",
                # an uncertain person is only suggested, and has to be accepted
                "partner_id": proposal.key if proposal.is_certain else False,
                "suggested_id": proposal.key,
                **doubt,
            }
        )

    @api.model
    def _namesakes(self, finder, proposal, rows):
        """Return keys of the people who have the name of these rows. Empty if one person has it, or
        if it is one person's exact spelling and no file has it twice."""
        if proposal.how not in CERTAIN:
            return ()
        files = [attachment for attachment, _person in rows]
        is_twice = len(files) > len(set(files))
        namesakes = finder.namesakes(rows[0][1].name)
        return namesakes if proposal.rivals or (is_twice and len(namesakes) > 1) else ()

    def _namesake_values(self, namesakes, attachment, person):
        """Return the values for one row whose name fits several people."""
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

    # -- the import -----------------------------------------------------------------------------

    def action_import(self):
        """Button: make the lessons and their sheets. A file that cannot be imported stops it; those
        before it are done."""
        self.ensure_one()
        self._check_may()
        if self.is_working:
            return self.action_next()
        undecided = self.name_ids.filtered(lambda name: not name._is_decided())
        if undecided:
            raise UserError(
                _("Say first whose these names are, or that they are nobody of the class: %s.")
                % ", ".join(undecided.mapped("name")[:20])
            )
        return self._begin(len(self.file_ids))

    def _steps(self, first):
        self._check_may()
        return self._propose_steps(first) if self.state == "upload" else self._import_steps(first)

    def _import_steps(self, first):
        """Import one file after the other."""
        for file in self.file_ids[first:]:
            if file.is_taken and not file.is_done:
                file._import()
            yield

    def _finish(self):
        if self.state == "upload":
            self.state = "check"
            return
        # the sheets have all that is needed; the files also contain names of other people
        self._drop_files()
        self.state = "done"

    def action_back(self):
        """Button: return to the files."""
        self.ensure_one()
        self.state = "upload"
        return self._reopen()

    def _limits(self):
        """Hook: the `rules.bigbluebutton.Limits` of this classroom."""
        return rules.Limits(50.0, timedelta(minutes=10), timedelta(minutes=10))

    def _reopen(self):
        """Return the window of this wizard in its new state."""
        return {
            "type": "ir.actions.act_window",
            "name": _("Import attendance from BigBlueButton"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

"""The import of a roster from a CSV file: a preview of every row, then the import. Other files
that are read in this way inherit the wizard."""

import base64

from psycopg2 import OperationalError

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.lesson_register.rules.asked import clean

from ...rules import roster
from ...rules.names import exact
from ..own_rights import OwnRights
from .roster_people import RosterPeople


class ClassroomImport(OwnRights, models.TransientModel):
    """Imports a roster in two steps: a preview of every row, then the import of the good ones. Both
    are done in slices."""

    _name = "small_school.import"
    _description = "Import a roster"
    _inherit = "small_school.slices.mixin"

    #: Headers → columns, and the columns that a file must have.
    _headers = roster.HEADERS
    _required = frozenset({"classroom", "name"})

    file = fields.Binary("File (CSV)", required=True, attachment=False)
    filename = fields.Char("File name")
    state = fields.Selection(
        [("upload", "Upload"), ("preview", "Preview"), ("done", "Done")], default="upload"
    )
    line_ids = fields.One2many("small_school.import.line", "wizard_id", "Rows")
    good_count = fields.Integer("Good rows", compute="_compute_counts")
    asked_count = fields.Integer("Rows that wait for an answer", compute="_compute_counts")
    refused_count = fields.Integer("Refused rows", compute="_compute_counts")
    unused_columns = fields.Char("Columns that are not used", readonly=True)
    new_classrooms = fields.Text("Classrooms that do not exist yet", readonly=True)
    make_classrooms = fields.Boolean("Make these classrooms")

    @api.model_create_multi
    def create(self, vals_list):
        # Odoo 13 checks no rights on transient models
        if not (self.env.su or self.env.user.has_group("small_school.group_manager")):
            raise AccessError(_("Only a manager of the school may import."))
        return super().create(vals_list)

    @api.depends("line_ids.state")
    def _compute_counts(self):
        for wizard in self:
            states = wizard.line_ids.mapped("state")
            wizard.refused_count = states.count("refused")
            wizard.asked_count = states.count("ask")
            wizard.good_count = len(states) - wizard.refused_count - wizard.asked_count

    # -- the preview ----------------------------------------------------------------------------

    def action_preview(self):
        """Button: show the outcome of each row, or why it is refused."""
        self.ensure_one()
        self.line_ids.unlink()
        self._check_bytes(len(self.with_context(bin_size=False).file or b"") * 3 // 4)  # of base64
        sheet = self._read_rows()
        self._check_rows(len(sheet.rows))
        return self._begin(len(sheet.rows))

    def _read_rows(self):
        """Return the `rules.roster.Sheet` of the file. Raises UserError with what to do."""
        text = roster.decode(base64.b64decode(self.with_context(bin_size=False).file or b""))
        if text is None:
            raise UserError(_("The file is not a text file: save it as CSV (UTF-8)."))
        text = clean(text)
        if not text.strip():
            raise UserError(_("The file is empty: choose another one."))
        sheet = roster.read(text, self._headers, self._required)
        if sheet.missing:
            labels = [
                self.line_ids._fields[column]._description_string(self.env).lower()
                for column in sheet.missing
            ]
            raise UserError(
                _("The file has no column for: %s. Its first row must name the columns.")
                % ", ".join(sorted(labels))
            )
        return sheet

    # -- slices ---------------------------------------------------------------------------------

    def _steps(self, first):
        return self._import_steps(first) if self.state == "preview" else self._read_steps(first)

    def _finish(self):
        if self.state == "upload":
            self.write(
                {
                    "state": "preview",
                    "unused_columns": ", ".join(self._read_rows().unused) or False,
                    "new_classrooms": "\n".join(self._new_classrooms()) or False,
                    "make_classrooms": False,
                }
            )
        elif "ask" not in self.line_ids.mapped("state"):
            self.state = "done"

    def _read_steps(self, first):
        """Make the line of one row after the other."""
        seen = self._seen()
        for row, cells in self._read_rows().rows[first:]:
            values = dict(self._preview_row(row, cells, seen), wizard_id=self.id, row=row)
            self.line_ids.create(values)
            yield

    def _seen(self):
        """Return what is known of the rows that have a line: {("number" or "email", its value):
        [(row, name, classroom)]}."""
        seen = {}
        for line in self.line_ids:
            if line.state != "refused":
                self._see(seen, line.row, line)
        return seen

    def _see(self, seen, row, values):
        """Add a row to what is known of rows. values: its line, or the values of that."""
        for kind, key in (
            ("number", values["number"] or ""),
            ("email", (values["email"] or "").casefold()),
        ):
            seen.setdefault((kind, key), []).append((row, values["name"], values["classroom"]))

    def _new_classrooms(self):
        """Return names of the classrooms that the good rows name and the school does not have."""
        existing = {exact(classroom.name) for classroom in self._all_classrooms()}
        named = {}
        for line in self.line_ids.filtered(lambda line: line.state != "refused"):
            named.setdefault(exact(line.classroom), line.classroom)
        return [name for key, name in named.items() if key not in existing]

    def _all_classrooms(self):
        return self.env["small_school.classroom"].search([("company_id", "=", self.env.company.id)])

    def _classrooms_named(self, name):
        """The school's classrooms of that name, however its case, blanks and accents are
        written."""
        return self._all_classrooms().filtered(lambda one: exact(one.name) == exact(name))

    def _ambiguous_classroom(self, name):
        """Return the sentence that refuses a name of several classrooms; False if it names at most
        one."""
        count = len(self._classrooms_named(name))
        if count < 2:
            return False
        return _("%s classrooms are called “%s”: rename or archive all but one.") % (count, name)

    def _preview_row(self, row, cells, seen):
        """Return values of the line of one row. seen: as of `_seen`, to which this row is added."""
        people = RosterPeople(self.env)
        values = {name: cells.get(name, "") for name in ("classroom", "number", "email", "phone")}
        values["name"] = roster.full_name(cells.get("name", ""), cells.get("first", ""))
        values["lang"] = people.lang(cells.get("lang", ""))
        for name in ("number", "email"):
            if roster.is_placeholder(values[name]):
                values[name] = ""
        role = roster.ROLES.get(cells.get("role", "").lower())
        values["role"] = role or cells.get("role", "")
        phone = people.phone(values["phone"]) if values["phone"] else ""
        reason = self._row_fault(cells, values, role)
        if not reason and phone is False:
            reason = _("%s is not a phone number.") % values["phone"]
        values["phone"] = phone or values["phone"]
        reason = reason or self._repeated_number(values, seen)
        reason = reason or self._ambiguous_classroom(values["classroom"])
        values.update(state="refused", reason=reason, action=False, question=False)
        if not reason:
            values.update(self._preview_person(people, values, seen))
        if values["state"] != "refused":
            self._see(seen, row, values)
        return values

    def _row_fault(self, cells, values, role):
        """Return the sentence that refuses a row for its own content; False without a fault. role:
        ours, or None."""
        if not values["name"]:
            return _("The name is missing.")
        if not values["classroom"]:
            return _("The classroom is missing.")
        if role is None:
            return _("“%s” is not a role: write student, teacher or supervisor.") % cells["role"]
        written = cells.get("number", "")
        if roster.is_shortened(values["number"]):
            return (
                _("A spreadsheet has shortened the number to “%s”: its digits are lost.") % written
            )
        # teachers and supervisors are known by their e-mail address, too
        if not values["number"] and not (values["email"] and role != "student"):
            if written:
                return _("“%s” is no student number.") % written
            return _("The student number is missing.")
        return False

    def _repeated_number(self, values, seen):
        """Return the sentence that refuses the number of an earlier row; False without one. One
        person may be in several classrooms."""
        for row, name, classroom in seen.get(("number", values["number"]), ()):
            if values["number"] and exact(classroom) == exact(values["classroom"]):
                return _("The number %s stands in row %s already.") % (values["number"], row)
            if values["number"] and not roster.is_same_name(name, values["name"]):
                return _("The number %s stands in row %s already, for %s.") % (
                    values["number"],
                    row,
                    name,
                )
        return False

    def _preview_person(self, people, values, seen):
        """Return the values of the line about its person, for a row that is good otherwise."""
        decision = people.decide(values)
        if decision.what == roster.CREATE and not values["number"]:
            others = [
                (row, name)
                for row, name, _classroom in seen.get(("email", values["email"].casefold()), ())
                if not roster.is_same_name(name, values["name"])
            ]
            if others:
                return {
                    "state": "ask",
                    "action": "create",
                    "question": _("%s is the address of %s, too (row %s): is it the same person?")
                    % (values["email"], others[0][1], others[0][0]),
                }
        question = people.question(decision, values)
        if decision.what == roster.SEVERAL:
            return {"state": "refused", "reason": question}
        return {
            "state": "ask" if decision.what in roster.QUESTIONS else "ready",
            "action": "create" if decision.what == roster.CREATE else "update",
            "question": question,
        }

    # -- the import -----------------------------------------------------------------------------

    def action_import(self):
        """Button: import the good rows one by one: a row that fails is refused with the reason.
        Rows with an unanswered question wait, and can be imported later."""
        self.ensure_one()
        if self.is_working:
            return self.action_next()
        self._check_answers()
        return self._begin(len(self.line_ids))

    def _import_steps(self, first):
        """Import one row after the other, but for those that are refused, or done already."""
        # two files at once would make the same classroom twice, or wait for each other's people
        self.env.company._classroom_take_turn()
        for line in self.line_ids[first:]:
            if line.state in ("ready", "ask"):
                line.write(self._outcome(line))
            yield

    def _outcome(self, line):
        """Import a row. Return what its line says afterwards."""
        try:
            with self.env.cr.savepoint():
                outcome = self._import_row(line) or {"state": "done"}
                self.flush()
        except OperationalError:
            raise  # another transaction wrote there meanwhile: Odoo repeats the whole request
        except Exception as error:
            self.env.clear()
            text = str(getattr(error, "name", None) or error)
            outcome = {"state": "refused", "reason": text.split("\n")[0]}
        return outcome

    def _check_answers(self):
        """Raise UserError if the new classrooms were not confirmed."""
        if self.new_classrooms and not self.make_classrooms:
            raise UserError(
                _(
                    "These classrooms do not exist yet: %s. Tick “Make these classrooms”, or "
                    "correct their names in the file."
                )
                % ", ".join(self.new_classrooms.split("\n"))
            )

    def _import_row(self, line):
        """Enrol or assign the row's person. Returns values of the line if that is not done, now or
        at all; else None."""
        people = RosterPeople(self.env)
        values = {name: line[name] or "" for name in ("name", "number", "email")}
        # the school's people may have changed since the preview
        decision = people.decide(values)
        question = people.question(decision, values)
        is_asked = decision.what in roster.QUESTIONS or line.state == "ask"
        if is_asked and not line.answer:
            return {"state": "ask", "question": question or line.question}
        if decision.what == roster.SEVERAL:
            return {"state": "refused", "reason": question}
        is_other = is_asked and line.answer == "other"
        if is_other and decision.known and decision.known.number == (line.number or "-"):
            return {
                "state": "refused",
                "reason": _("%s needs a number of their own: %s is that of %s.")
                % (line.name, line.number, decision.known.name),
            }
        partner = self.env["res.partner"].browse(
            decision.known.key if decision.known and not is_other else []
        )
        partner = people.write(partner, line, decision)
        classroom = self._classrooms_named(line.classroom)[:1]
        if not classroom:
            classroom = classroom.create({"name": line.classroom})
        if line.role == "student":
            people.enrol(partner, classroom)
        else:
            people.assign(partner, classroom, line.role)
        return None

    # -- the window -----------------------------------------------------------------------------

    def _title(self):
        return _("Import a roster")

    def _reopen(self):
        """Return the window of this wizard in its new state."""
        return {
            "type": "ir.actions.act_window",
            "name": self._title(),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

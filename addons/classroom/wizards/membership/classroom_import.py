import base64

import phonenumbers
from psycopg2 import OperationalError

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ...rules import roster
from ...rules.asked import clean
from ...rules.names import exact
from ..own_rights import OwnRights

#: Headers as people write them → our columns.
HEADERS = {
    "classe": "classroom",
    "classroom": "classroom",
    "class": "classroom",
    "numero": "number",
    "numéro": "number",
    "matricule": "number",
    "number": "number",
    "student_number": "number",
    "nom": "name",
    "nom de famille": "name",
    "nom complet": "name",
    "nom et prénom": "name",
    "name": "name",
    "full name": "name",
    "last name": "name",
    "surname": "name",
    "prénom": "first",
    "prénoms": "first",
    "prenom": "first",
    "prenoms": "first",
    "first name": "first",
    "first names": "first",
    "given name": "first",
    "role": "role",
    "rôle": "role",
    "telephone": "phone",
    "téléphone": "phone",
    "phone": "phone",
    "e-mail": "email",
    "email": "email",
    "courriel": "email",
    "langue": "lang",
    "lang": "lang",
    "language": "lang",
}
ROLES = {
    "": "student",
    "élève": "student",
    "eleve": "student",
    "étudiant": "student",
    "student": "student",
    "enseignant": "teacher",
    "enseignante": "teacher",
    "professeur": "teacher",
    "teacher": "teacher",
    "superviseur": "supervisor",
    "superviseure": "supervisor",
    "supervisor": "supervisor",
}


class ClassroomImport(OwnRights, models.TransientModel):
    """Imports a roster in two steps: look at every row first, then take the good ones."""

    _name = "classroom.import"
    _description = "Import a roster"

    #: Headers → columns, and the columns that a file must have.
    _headers = HEADERS
    _required = frozenset({"classroom", "name"})

    file = fields.Binary("File (CSV)", required=True, attachment=False)
    filename = fields.Char("File name")
    state = fields.Selection(
        [("upload", "Upload"), ("preview", "Preview"), ("done", "Done")], default="upload"
    )
    line_ids = fields.One2many("classroom.import.line", "wizard_id", "Rows")
    good_count = fields.Integer("Good rows", compute="_compute_counts")
    asked_count = fields.Integer("Rows that wait for an answer", compute="_compute_counts")
    refused_count = fields.Integer("Refused rows", compute="_compute_counts")
    unused_columns = fields.Char("Columns that are not used", readonly=True)
    new_classrooms = fields.Text("Classrooms that do not exist yet", readonly=True)
    make_classrooms = fields.Boolean("Make these classrooms")

    @api.model_create_multi
    def create(self, vals_list):
        # Odoo 13 asks for no rights on what is transient
        if not (self.env.su or self.env.user.has_group("classroom.group_manager")):
            raise AccessError(_("Only a manager of the school may import."))
        return super().create(vals_list)

    @api.depends("line_ids.state")
    def _compute_counts(self):
        for wizard in self:
            states = wizard.line_ids.mapped("state")
            wizard.refused_count = states.count("refused")
            wizard.asked_count = states.count("ask")
            wizard.good_count = len(states) - wizard.refused_count - wizard.asked_count

    # -- reading --------------------------------------------------------------------------------

    def _read_rows(self):
        """A rules.roster.Sheet. Raises UserError that says what to do."""
        text = roster.decode(base64.b64decode(self.file or b""))
        if text is None:
            raise UserError(_("The file is not a text file: save it as CSV (UTF-8)."))
        text = clean(text)
        if not text.strip():
            raise UserError(_("The file is empty: choose another one."))
        sheet = roster.read(text, self._headers, self._required)
        if sheet.missing:
            raise UserError(
                _("The file has no column for: %s. Its first row must name the columns.")
                % ", ".join(sorted(self._label(one) for one in sheet.missing))
            )
        return sheet

    def _label(self, column):
        return self.line_ids._fields[column]._description_string(self.env).lower()

    def action_preview(self):
        """Look at every row: what will become of it, or why it is refused."""
        self.ensure_one()
        self.line_ids.unlink()
        seen = {}
        lines = []
        sheet = self._read_rows()
        for row, cells in sheet.rows:
            lines.append(dict(self._examine(row, cells, seen), wizard_id=self.id, row=row))
        self.line_ids.create(lines)
        self.write(
            {
                "state": "preview",
                "unused_columns": ", ".join(sheet.unused) or False,
                "new_classrooms": "\n".join(self._new_classrooms()) or False,
                "make_classrooms": False,
            }
        )
        return self._reopen()

    def _new_classrooms(self):
        """Names of the classrooms that the good rows name and the school does not have."""
        known = {exact(one.name) for one in self._all_classrooms()}
        found = {}
        for line in self.line_ids.filtered(lambda line: line.state != "refused"):
            found.setdefault(exact(line.classroom), line.classroom)
        return [name for key, name in found.items() if key not in known]

    def _all_classrooms(self):
        return self.env["classroom.classroom"].search([("company_id", "=", self.env.company.id)])

    def _classrooms_named(self, name):
        """The school's classrooms of that name, however its case, blanks and accents are written."""
        return self._all_classrooms().filtered(lambda one: exact(one.name) == exact(name))

    def _several_words(self, name, count):
        return _("%s classrooms are called “%s”: rename or archive all but one.") % (count, name)

    def _examine(self, row, cells, seen):
        """The staged line of one row. seen: what earlier rows had, by number and by address."""
        vals = {name: cells.get(name, "") for name in ("classroom", "number", "email")}
        vals["name"] = roster.full_name(cells.get("name", ""), cells.get("first", ""))
        role = ROLES.get(cells.get("role", "").lower())
        vals["lang"] = self._lang(cells.get("lang", ""))
        written = vals["number"]
        for name in ("number", "email"):
            if roster.is_placeholder(vals[name]):
                vals[name] = ""
        reason = False
        vals["phone"] = cells.get("phone", "")
        if vals["phone"]:
            phone = self._phone(vals["phone"])
            if phone:
                vals["phone"] = phone
            else:
                reason = _("%s is not a phone number.") % vals["phone"]
        if not vals["name"]:
            reason = _("The name is missing.")
        elif not vals["classroom"]:
            reason = _("The classroom is missing.")
        elif role is None:
            reason = _("“%s” is not a role: write student, teacher or supervisor.") % cells["role"]
        elif roster.is_shortened(vals["number"]):
            reason = (
                _("A spreadsheet has shortened the number to “%s”: its digits are lost.") % written
            )
        elif not vals["number"] and not (vals["email"] and role != "student"):
            reason = (
                _("“%s” is no student number.") % written
                if written
                else _("The student number is missing.")
            )
        else:
            reason = reason or self._why_doubled(vals, seen)
        classrooms = self._classrooms_named(vals["classroom"])
        if not reason and len(classrooms) > 1:
            reason = self._several_words(vals["classroom"], len(classrooms))
        vals["role"] = role or cells.get("role", "")
        vals.update(state="refused", reason=reason, action=False, question=False)
        if not reason:
            vals.update(self._staged(vals, seen))
        self._note(row, vals, seen)
        return vals

    def _why_doubled(self, vals, seen):
        """What is wrong with a number that stood in an earlier row, as a sentence; or False."""
        for row, name, classroom in seen.get(("number", vals["number"]), ()):
            if vals["number"] and exact(classroom) == exact(vals["classroom"]):
                return _("The number %s stands in row %s already.") % (vals["number"], row)
            if vals["number"] and not roster.is_same_name(name, vals["name"]):
                return _("The number %s stands in row %s already, for %s.") % (
                    vals["number"],
                    row,
                    name,
                )
        return False

    def _note(self, row, vals, seen):
        if vals["state"] == "refused":
            return
        for kind, key in (("number", vals["number"]), ("email", vals["email"].casefold())):
            seen.setdefault((kind, key), []).append((row, vals["name"], vals["classroom"]))

    def _staged(self, vals, seen):
        """What becomes of a row that is not refused: values of its line."""
        decision = self._decide(vals)
        if decision.what == roster.CREATE and not vals["number"]:
            others = [
                (row, name)
                for row, name, _classroom in seen.get(("email", vals["email"].casefold()), ())
                if not roster.is_same_name(name, vals["name"])
            ]
            if others:
                return {
                    "state": "ask",
                    "action": "create",
                    "question": _("%s is the address of %s, too (row %s): is it the same person?")
                    % (vals["email"], others[0][1], others[0][0]),
                }
        if decision.what == roster.SEVERAL:
            return {"state": "refused", "reason": self._words_of(decision, vals)}
        return {
            "state": "ask" if decision.what in roster.QUESTIONS else "ready",
            "action": "create" if decision.what == roster.CREATE else "update",
            "question": self._words_of(decision, vals),
        }

    def _words_of(self, decision, vals):
        """What somebody is asked, or told, about a decision of the rules; False: nothing."""
        known = decision.known
        if decision.what == roster.SEVERAL:
            return _("Several people are called %s and have the address %s.") % (
                vals["name"],
                vals["email"],
            )
        if decision.what == roster.RENAME:
            return _("The number %s is that of %s. Is it the same person: %s → %s?") % (
                vals["number"],
                known.name,
                known.name,
                vals["name"],
            )
        if decision.what == roster.ZEROS:
            return _("%s has the number %s: has %s lost its zeros?") % (
                known.name,
                known.number,
                vals["number"],
            )
        if decision.what == roster.ADDRESS:
            return _("%s is the address of %s. Is it the same person: %s → %s?") % (
                vals["email"],
                known.name,
                known.name,
                vals["name"],
            )
        if decision.what == roster.ARCHIVED:
            return _("%s is archived. Is it the same person, who comes back?") % known.name
        if decision.what == roster.NUMBER:
            return _("%s has the number %s. Is it the same person, with a new number: %s?") % (
                known.name,
                known.number,
                vals["number"],
            )
        return False

    def _phone(self, text):
        """E.164 of a number as people type it, or False."""
        region = self.env.company.country_id.code or "FR"
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            return False
        # Not is_valid_number: it knows no range that was assigned after the library was released.
        if not phonenumbers.is_possible_number(number):
            return False
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    def _lang(self, text):
        """The installed language that the text means, or False."""
        text = text.strip().lower()
        for code, name in self.env["res.lang"].get_installed():
            if text and (code.lower().startswith(text) or name.lower().startswith(text)):
                return code
        return False

    def _decide(self, vals):
        """A rules.roster.Decision; who is known in it has the id of a partner as key."""
        number, email = vals["number"], vals["email"]
        numbered = self._known("=", "student_number", number) if number else []
        zeroed, addressed = [], []
        if number and not numbered:
            bare = roster.without_zeros(number)
            ending = "%" + self._literal(bare)
            zeroed = [
                one
                for one in self._known("=like", "student_number", ending)
                if roster.without_zeros(one.number) == bare
            ]
        if email and not numbered:
            addressed = self._known("=ilike", "email", self._literal(email))
        return roster.decide(
            vals["name"],
            number,
            numbered=numbered[0] if numbered else None,
            zeroed=zeroed,
            addressed=addressed,
        )

    def _known(self, operator, name, value):
        """[rules.roster.Known] of the people of this school, archived ones too, with that value."""
        people = self.env["res.partner"].with_context(active_test=False)
        found = people.search(
            [
                (name, operator, value),
                ("is_company", "=", False),
                ("company_id", "in", (False, self.env.company.id)),
            ],
            order="id",
        )
        return [
            roster.Known(one.id, one.name or "", one.student_number or "", not one.active)
            for one in found
        ]

    @api.model
    def _literal(self, text):
        """The text in a pattern of SQL: `_` and `%` are letters."""
        return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")

    # -- taking ---------------------------------------------------------------------------------

    def action_import(self):
        """Take the good rows, each by itself: one that fails is refused with the reason. What was
        not answered waits, and can be taken later."""
        self.ensure_one()
        self._check_answers()
        # two files at once would make the same classroom twice, or wait for each other's people
        self.env.company._classroom_take_turn()
        for line in self.line_ids.filtered(lambda line: line.state in ("ready", "ask")):
            try:
                with self.env.cr.savepoint():
                    outcome = self._take(line) or {"state": "done"}
                    self.flush()
            except OperationalError:
                raise  # somebody else wrote there meanwhile: all of it is done again
            except Exception as error:
                self.env.clear()
                outcome = {"state": "refused", "reason": self._words(error)}
            line.write(outcome)
        if "ask" not in self.line_ids.mapped("state"):
            self.state = "done"
        return self._reopen()

    def _check_answers(self):
        """Raises UserError where the classrooms that would be made were not confirmed."""
        if self.new_classrooms and not self.make_classrooms:
            raise UserError(
                _(
                    "These classrooms do not exist yet: %s. Tick “Make these classrooms”, or "
                    "correct their names in the file."
                )
                % ", ".join(self.new_classrooms.split("\n"))
            )

    def _words(self, error):
        return str(getattr(error, "name", None) or error).split("\n")[0]

    def _take(self, line):
        """Enrol or assign the row's person. Values of the line if that is not done yet, or never."""
        vals = {name: line[name] or "" for name in ("name", "number", "email")}
        decision = self._decide(vals)
        is_asked = decision.what in roster.QUESTIONS or line.state == "ask"
        if is_asked and not line.answer:
            return {"state": "ask", "question": self._words_of(decision, vals) or line.question}
        if decision.what == roster.SEVERAL:
            return {"state": "refused", "reason": self._words_of(decision, vals)}
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
        partner = self._write_person(partner, line, decision)
        classroom = self._classrooms_named(line.classroom)[:1]
        if not classroom:
            classroom = classroom.create({"name": line.classroom})
        if line.role == "student":
            self._enrol(classroom, partner)
        else:
            self._assign(classroom, partner, line.role)
        return None

    def _write_person(self, partner, line, decision):
        """The person, made or brought up to date. `partner`: who it is, or empty."""
        vals = {"name": line.name, "student_number": line.number or False, "active": True}
        for name, value in (("mobile", line.phone), ("email", line.email), ("lang", line.lang)):
            if value:
                vals[name] = value
        if not partner:
            return partner.create(dict(vals, company_type="person"))
        if decision.what == roster.ZEROS or not line.number:
            del vals["student_number"]
        partner.write({name: value for name, value in vals.items() if partner[name] != value})
        return partner

    def _enrol(self, classroom, partner):
        enrolments = self.env["classroom.enrolment"]
        domain = [("classroom_id", "=", classroom.id), ("partner_id", "=", partner.id)]
        if not enrolments.search_count(domain + [("state", "!=", "ended")]):
            enrolments.create({"classroom_id": classroom.id, "partner_id": partner.id})

    def _assign(self, classroom, partner, role):
        """From today on; a time that is over stays as history."""
        assignments = self.env["classroom.assignment"]
        vals = {"classroom_id": classroom.id, "partner_id": partner.id, "role": role}
        today = classroom._today()
        known = assignments.search([(name, "=", value) for name, value in vals.items()])
        if not known.filtered(lambda one: not one.date_to or one.date_to >= today):
            assignments.create(dict(vals, date_from=today))

    def _description_of(self):
        return _("Import a roster")

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self._description_of(),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

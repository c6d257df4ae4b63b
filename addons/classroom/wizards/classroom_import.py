import base64
import csv
import io

import phonenumbers

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from .own_rights import OwnRights

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
    "name": "name",
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
    refused_count = fields.Integer("Refused rows", compute="_compute_counts")

    @api.model_create_multi
    def create(self, vals_list):
        # Odoo 13 asks for no rights on what is transient
        if not (self.env.su or self.env.user.has_group("classroom.group_manager")):
            raise AccessError(_("Only a manager of the school may import."))
        return super().create(vals_list)

    def _compute_counts(self):
        for wizard in self:
            refused = wizard.line_ids.filtered(lambda line: line.state == "refused")
            wizard.refused_count = len(refused)
            wizard.good_count = len(wizard.line_ids) - len(refused)

    # -- reading --------------------------------------------------------------------------------

    def _read_rows(self):
        """[{column: text}] of the file. Raises UserError that says what to do."""
        content = base64.b64decode(self.file or b"")
        for encoding in ("utf-8-sig", "cp1252"):
            try:
                text = content.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
        else:
            raise UserError(_("The file is not a text file: save it as CSV (UTF-8)."))
        if not text.strip():
            raise UserError(_("The file is empty: choose another one."))
        first = text.splitlines()[0]
        delimiter = max(",;\t", key=first.count)
        reader = csv.reader(io.StringIO(text), delimiter=delimiter)
        columns = [self._headers.get(one.strip().lower()) for one in next(reader)]
        missing = self._required - set(columns)
        if missing:
            raise UserError(
                _("The file has no column for: %s. Its first row must name the columns.")
                % ", ".join(sorted(self._label(one) for one in missing))
            )
        rows = []
        for cells in reader:
            row = {
                column: cell.strip() for column, cell in zip(columns, cells) if column is not None
            }
            if any(row.values()):
                rows.append((reader.line_num, row))
        return rows

    def _label(self, column):
        return self.line_ids._fields[column]._description_string(self.env).lower()

    def action_preview(self):
        """Look at every row: what will become of it, or why it is refused."""
        self.ensure_one()
        self.line_ids.unlink()
        seen = {}
        lines = []
        for row, cells in self._read_rows():
            lines.append(dict(self._examine(row, cells, seen), wizard_id=self.id, row=row))
        self.line_ids.create(lines)
        self.state = "preview"
        return self._reopen()

    def _examine(self, row, cells, seen):
        """The staged line of one row; `seen` maps numbers to the rows that had them."""
        vals = {name: cells.get(name, "") for name in ("classroom", "number", "name", "email")}
        role = ROLES.get(cells.get("role", "").lower())
        vals["lang"] = self._lang(cells.get("lang", ""))
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
        elif not vals["number"] and not (vals["email"] and role != "student"):
            reason = _("The student number is missing.")
        elif vals["number"] and (vals["number"], vals["classroom"]) in seen:
            reason = _("The number %s stands in row %s already.") % (
                vals["number"],
                seen[vals["number"], vals["classroom"]],
            )
        seen.setdefault((vals["number"], vals["classroom"]), row)
        vals.update(
            role=role or cells.get("role", ""),
            state="refused" if reason else "ready",
            reason=reason,
            action=False if reason else "update" if self._find(vals) else "create",
        )
        return vals

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

    def _find(self, vals):
        """The partner that a row is about: by the school's number, else by e-mail."""
        partners = self.env["res.partner"].with_context(active_test=False)
        if vals["number"]:
            return partners.search([("student_number", "=", vals["number"])], limit=1)
        return partners.search([("email", "=ilike", vals["email"])], limit=1)

    # -- taking ---------------------------------------------------------------------------------

    def action_import(self):
        """Take the good rows, each by itself: one that fails is refused with the reason."""
        self.ensure_one()
        for line in self.line_ids.filtered(lambda line: line.state == "ready"):
            try:
                with self.env.cr.savepoint():
                    self._take(line)
                    self.flush()
            except Exception as error:
                self.env.clear()
                line.write({"state": "refused", "reason": self._words(error)})
            else:
                line.state = "done"
        self.state = "done"
        return self._reopen()

    def _words(self, error):
        return str(getattr(error, "name", None) or error).split("\n")[0]

    def _take(self, line):
        vals = {
            "name": line.name,
            "student_number": line.number or False,
            "company_type": "person",
        }
        for name, value in (("mobile", line.phone), ("email", line.email), ("lang", line.lang)):
            if value:
                vals[name] = value
        partner = self._find({"number": line.number, "email": line.email})
        if partner:
            vals.pop("company_type")
            changed = {name: value for name, value in vals.items() if partner[name] != value}
            partner.write(changed)
        else:
            partner = partner.create(vals)
        classroom = self.env["classroom.classroom"].search(
            [("name", "=", line.classroom), ("company_id", "=", self.env.company.id)], limit=1
        )
        if not classroom:
            classroom = classroom.create({"name": line.classroom})
        if line.role == "student":
            enrolments = self.env["classroom.enrolment"]
            domain = [("classroom_id", "=", classroom.id), ("partner_id", "=", partner.id)]
            if not enrolments.search_count(domain + [("state", "!=", "ended")]):
                enrolments.create({"classroom_id": classroom.id, "partner_id": partner.id})
            return
        assignments = self.env["classroom.assignment"]
        vals = {"classroom_id": classroom.id, "partner_id": partner.id, "role": line.role}
        if not assignments.search_count([(name, "=", value) for name, value in vals.items()]):
            assignments.create(vals)

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

"""The people whom the rows of a roster name: found among the school's people, asked about, written.
`rules/roster.py` decides; here its candidates are looked up and its decisions put into words."""

import phonenumbers

from odoo import _

from ...rules import roster


class RosterPeople:
    """The people of the user's current school. A row's values: dict with name, number and email,
    texts that may be empty."""

    def __init__(self, env):
        self.env = env

    def decide(self, values):
        """The `rules.roster.Decision` of a row; the keys of its people are ids of partners."""
        number, email = values["number"], values["email"]
        numbered = self._known("=", "student_number", number) if number else []
        zeroed, addressed = [], []
        if number and not numbered:
            bare = roster.without_zeros(number)
            zeroed = [
                person
                for person in self._known("=like", "student_number", "%" + literal(bare))
                if roster.without_zeros(person.number) == bare
            ]
        if email and not numbered:
            addressed = self._known("=ilike", "email", literal(email))
        return roster.decide(
            values["name"],
            number,
            numbered=numbered[0] if numbered else None,
            zeroed=zeroed,
            addressed=addressed,
        )

    def _known(self, operator, name, value):
        """Return [rules.roster.Known] of the people with that value, archived ones too."""
        people = self.env["res.partner"].with_context(active_test=False)
        partners = people.search(
            [
                (name, operator, value),
                ("is_company", "=", False),
                ("company_id", "in", (False, self.env.company.id)),
            ],
            order="id",
        )
        return [
            roster.Known(one.id, one.name or "", one.student_number or "", not one.active)
            for one in partners
        ]

    def question(self, decision, values):
        """Return the sentence that asks about a decision, or says why it cannot be taken; False
        without one."""
        known = decision.known
        if decision.what == roster.SEVERAL:
            return _("Several people are called %s and have the address %s.") % (
                values["name"],
                values["email"],
            )
        if decision.what == roster.RENAME:
            return _("The number %s is that of %s. Is it the same person: %s → %s?") % (
                values["number"],
                known.name,
                known.name,
                values["name"],
            )
        if decision.what == roster.ZEROS:
            return _("%s has the number %s: has %s lost its zeros?") % (
                known.name,
                known.number,
                values["number"],
            )
        if decision.what == roster.ADDRESS:
            return _("%s is the address of %s. Is it the same person: %s → %s?") % (
                values["email"],
                known.name,
                known.name,
                values["name"],
            )
        if decision.what == roster.ARCHIVED:
            return _("%s is archived. Is it the same person, who comes back?") % known.name
        if decision.what == roster.NUMBER:
            return _("%s has the number %s. Is it the same person, with a new number: %s?") % (
                known.name,
                known.number,
                values["number"],
            )
        return False

    def phone(self, text):
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

    def lang(self, text):
        """Code of the installed language that the text means, or False."""
        text = text.strip().lower()
        for code, name in self.env["res.lang"].get_installed():
            if text and (code.lower().startswith(text) or name.lower().startswith(text)):
                return code
        return False

    def write(self, partner, line, decision):
        """Create or update the person of a line of the import. partner: the known person, or
        empty."""
        values = {"name": line.name, "student_number": line.number or False, "active": True}
        for name, value in (("mobile", line.phone), ("email", line.email), ("lang", line.lang)):
            if value:
                values[name] = value
        partners = self.env["res.partner"]
        if not partner:
            return partners.create(dict(values, company_type="person"))
        if decision.what == roster.ZEROS or not line.number:
            del values["student_number"]
        partner.write({name: value for name, value in values.items() if partner[name] != value})
        return partner

    def enrol(self, partner, classroom):
        """Enrol the person as a student, unless they are enrolled."""
        enrolments = self.env["small_school.enrolment"]
        domain = [("classroom_id", "=", classroom.id), ("partner_id", "=", partner.id)]
        if not enrolments.search_count(domain + [("state", "!=", "ended")]):
            enrolments.create({"classroom_id": classroom.id, "partner_id": partner.id})

    def assign(self, partner, classroom, role):
        """Assign the person from today on, unless they are assigned; an assignment that is over
        stays as history."""
        assignments = self.env["small_school.assignment"]
        values = {"classroom_id": classroom.id, "partner_id": partner.id, "role": role}
        today = classroom._today()
        known = assignments.search([(name, "=", value) for name, value in values.items()])
        if not known.filtered(lambda one: not one.date_to or one.date_to >= today):
            assignments.create(dict(values, date_from=today))


def literal(text):
    """The text in a pattern of SQL: `_` and `%` stand for themselves."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")

from odoo import api, models

#: What a line may keep of the verdict; the adapter names its own field for each it has.
COLUMNS = (
    "role",
    "status",
    "computed_status",
    "arrived_at",
    "departed_at",
    "minutes",
    "minutes_low",
    "minutes_high",
    "percentage",
    "evidence",
)


class TelegramAttendanceMixin(models.AbstractModel):
    """A line of an attendance sheet. Computed again and again; what a person corrected stays."""

    _name = "telegram.attendance.mixin"
    _inherit = "telegram.labels.mixin"
    _description = "Line of a sheet, computed from a Telegram call"

    #: Own fields: the lesson, the person (Many2one to res.partner or res.users).
    _telegram_lesson_field = "lesson_id"
    _telegram_person_field = "partner_id"
    #: Own fields for the verdict: {one of COLUMNS: field}. `computed_status` takes what the rules
    #: say even where a person has corrected `status`.
    _telegram_columns = {}

    # -- hooks for the adapter ------------------------------------------------------------------

    def _telegram_is_kept(self):
        """Whether a person corrected this line's status, so that it must stay."""
        return False

    @api.model
    def _telegram_values(self, lesson, line):
        """The verdict in the adapter's own fields. `evidence` is put into words, in the language
        of the group; override for other words for a status."""
        lang = lesson._telegram_classroom().sudo().telegram_chat_id.lang
        # few lines have any, and putting all of it into words for a thousand takes its time
        words = line["evidence"] and lesson.with_context(lang=lang)._telegram_evidence_words()
        told = dict(
            line,
            computed_status=line["status"],
            evidence=", ".join(words[code] for code in line["evidence"]) or False,
        )
        return {own: told[name] for name, own in self._telegram_columns.items()}

    # -- writing --------------------------------------------------------------------------------

    @api.model
    def _telegram_write_lines(self, lesson, lines):
        """Make the lines of `lesson` say what was computed; only what differs is written.

        Lines of people who are no longer expected go, unless a person has had a hand in them. Those
        of people who were erased stay as they are: nothing is known of them any more.
        """
        existing = {
            line[self._telegram_person_field].id: line
            for line in self.search([(self._telegram_lesson_field, "=", lesson.id)])
            if not line._telegram_is_erased()
        }
        persons = self._telegram_persons([line["partner"] for line in lines])
        new, seen = [], set()
        for line in lines:
            person_id = persons.get(line["partner"].id)
            if not person_id or person_id in seen:
                continue
            seen.add(person_id)
            vals = self._telegram_values(lesson, line)
            own = existing.get(person_id)
            if own is None:
                vals[self._telegram_lesson_field] = lesson.id
                vals[self._telegram_person_field] = person_id
                new.append(vals)
                continue
            if own._telegram_is_kept():
                vals.pop(self._telegram_columns.get("status"), None)
            changes = {
                name: value for name, value in vals.items() if own._telegram_differs(name, value)
            }
            if changes:
                own.write(changes)
        if new:
            self.create(new)
        for person_id, own in existing.items():
            if person_id not in seen and not own._telegram_is_kept():
                own.unlink()

    def _telegram_said_before(self):
        """{partner: the status that the rules gave when the sheet was computed last}; who has a line
        that a person alone has filled in is not among them."""
        column = self._telegram_columns.get("computed_status")
        found = {}
        for line in self:
            status = line[column or self._telegram_columns.get("status")]
            if status and (column or not line._telegram_is_kept()):
                person = line.sudo()[self._telegram_person_field]
                found[person.partner_id if person._name == "res.users" else person] = status
        return found

    def _telegram_is_erased(self):
        person = self.sudo()[self._telegram_person_field]
        partner = person.partner_id if person._name == "res.users" else person
        return bool(partner.telegram_erased_at)

    def _telegram_differs(self, name, value):
        """Whether the field would change; a number as precisely as the field keeps it."""
        field = self._fields[name]
        return field.convert_to_cache(value, self) != field.convert_to_cache(self[name], self)

    @api.model
    def _telegram_persons(self, partners):
        """Ids of partners → ids in the person field's model."""
        field = self._fields[self._telegram_person_field]
        if field.comodel_name != "res.users":
            return {partner.id: partner.id for partner in partners}
        users = (
            self.env["res.users"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [("partner_id", "in", [partner.id for partner in partners])],
                order="active, id desc",
            )
        )
        return {user.partner_id.id: user.id for user in users}

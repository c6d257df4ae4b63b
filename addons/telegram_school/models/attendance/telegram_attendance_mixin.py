from odoo import api, models

from ...services.attendance.school_sheet import SchoolSheet
from ...services.attendance.sheet import LessonSheet
from ...services.identity.persons import Persons

#: Columns of the verdict; the adapter names its own field for each one that it stores.
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
    """A line of an attendance sheet. It is computed again and again; a person's corrections
    stay."""

    _name = "telegram.attendance.mixin"
    _inherit = "telegram.adapter.mixin"
    _description = "Line of a sheet, computed from a Telegram call"

    #: Own fields: the lesson, dotted if a sheet is between them; the person (a Many2one to
    #: res.partner, res.users, or a model of the school's own people).
    _telegram_lesson_field = "lesson_id"
    _telegram_person_field = "partner_id"
    #: Own fields for the verdict: {one of COLUMNS: field}. `computed_status` holds the rules'
    #: status even after a person has corrected `status`.
    _telegram_columns = {}

    #: True if the school's lines say themselves what a person corrected (`_telegram_is_kept`). Else
    #: a change is recognised by comparison with what was written last.
    _telegram_marks_corrections = False

    # -- hooks for the adapter ------------------------------------------------------------------

    def _telegram_is_kept(self):
        """Hook: return whether a person confirmed this line's status, so that it stays although it
        equals what we wrote. A status that a person changed stays in any case."""
        return False

    def _telegram_is_untouched(self):
        """Hook: return whether nobody has answered in this line since it was generated, and we have
        not written it yet: then its status (“present”, by default) is no answer."""
        return False

    @api.model
    def _telegram_values(self, lesson, line):
        """Return the verdict as values of the adapter's own fields. `evidence` is put into words,
        in the language of the group; override for other words for a status."""
        lang = lesson._telegram_classroom().sudo().telegram_chat_id.lang
        # few lines have evidence, and the words for a thousand lines take their time
        words = line["evidence"] and LessonSheet(lesson.with_context(lang=lang)).evidence_words()
        verdict = dict(
            line,
            computed_status=line["status"],
            evidence=", ".join(words[code] for code in line["evidence"]) or False,
        )
        return {own: verdict[name] for name, own in self._telegram_columns.items()}

    # -- writing --------------------------------------------------------------------------------

    @api.model
    def _telegram_write_lines(self, lesson, lines):
        """Merge computed lines into the lines of `lesson`; see `SchoolSheet.merge`."""
        SchoolSheet(lesson).merge(self, lines)

    def _telegram_partners(self):
        """Return {id of a line: its res.partner}; lines of people without a contact are left
        out."""
        lines = self.sudo()
        found = Persons(self.env).by_id(lines.mapped(self._telegram_person_field))
        persons = {line.id: line[self._telegram_person_field].id for line in lines}
        return {line: found[person] for line, person in persons.items() if person in found}

    @api.model
    def _telegram_parent_values(self, lesson):
        """Return the values by which a new line belongs to `lesson`."""
        first, _dot, rest = self._telegram_lesson_field.partition(".")
        return {first: self._telegram_sheet_of(lesson).id if rest else lesson.id}

    @api.model
    def _telegram_sheet_of(self, lesson):
        """Return the record between the lines and the lesson, made if it is missing; for a
        `_telegram_lesson_field` with a dot. Override it if the record needs more than its
        lesson."""
        first, _dot, rest = self._telegram_lesson_field.partition(".")
        sheets = self.env[self._fields[first].comodel_name]
        sheet = sheets.search([(rest, "=", lesson.id)], limit=1)
        return sheet or sheets.create({rest: lesson.id})

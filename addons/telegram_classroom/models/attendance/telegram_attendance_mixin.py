from odoo import api, models

from ...services.attendance.school_sheet import SchoolSheet
from ...services.attendance.sheet import LessonSheet

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

    #: Whether the school's lines say themselves what a person has corrected (`_telegram_is_kept`).
    #: Else a change is recognised by what was written last.
    _telegram_marks_corrections = False

    # -- hooks for the adapter ------------------------------------------------------------------

    def _telegram_is_kept(self):
        """Whether a person corrected this line's status, so that it must stay though it says what was
        written by us. A status that a person changed stays anyway."""
        return False

    def _telegram_is_untouched(self):
        """Whether nobody has answered in this line since it was generated, of one that we have not
        written yet: then a status that stands there (“present”, by default) is no answer."""
        return False

    @api.model
    def _telegram_values(self, lesson, line):
        """The verdict in the adapter's own fields. `evidence` is put into words, in the language
        of the group; override for other words for a status."""
        lang = lesson._telegram_classroom().sudo().telegram_chat_id.lang
        # few lines have any, and putting all of it into words for a thousand takes its time
        words = line["evidence"] and LessonSheet(lesson.with_context(lang=lang)).evidence_words()
        told = dict(
            line,
            computed_status=line["status"],
            evidence=", ".join(words[code] for code in line["evidence"]) or False,
        )
        return {own: told[name] for name, own in self._telegram_columns.items()}

    # -- writing --------------------------------------------------------------------------------

    @api.model
    def _telegram_write_lines(self, lesson, lines):
        """Merge what was computed into the lines of `lesson`; see `SchoolSheet.merge`."""
        SchoolSheet(lesson).merge(self, lines)

    def _telegram_is_erased(self):
        person = self.sudo()[self._telegram_person_field]
        partner = person.partner_id if person._name == "res.users" else person
        return bool(partner.telegram_erased_at)

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

from odoo import _, api, fields, models

from odoo.addons.telegram_base.privacy.holding import NAMELESS, Holding
from odoo.addons.telegram_base.privacy.rows import sql_search


class TelegramPersonalData(models.AbstractModel):
    """The school's data about people. Data that counts people stays, without a name."""

    _inherit = "telegram.personal.data"

    @api.model
    def _personal_data(self):
        history = _("The school's history and its numbers stay whole.")
        return super()._personal_data() + [
            Holding(
                "res.partner",
                _("Guardians and children"),
                ("told_guardian_ids", "guardian_ids", "ward_ids"),
                ("name",),
                NAMELESS,
                why=_("They are people of their own: only that they belong together goes."),
            ),
            Holding(
                "small_school.enrolment",
                _("Enrolments"),
                ("partner_id",),
                ("classroom_id", "date_from", "date_to", "state", "reason", "ended_at"),
                NAMELESS,
                blanked=("reason",),
                why=history,
            ),
            Holding(
                "small_school.enrolment",
                _("Reasons of other enrolments that name the person"),
                (),
                ("classroom_id", "reason"),
                NAMELESS,
                texts=("reason",),
            ),
            Holding(
                "small_school.assignment",
                _("Classes as a teacher or supervisor"),
                ("partner_id",),
                ("classroom_id", "role", "date_from", "date_to"),
                NAMELESS,
                why=history,
            ),
            Holding(
                "small_school.attendance",
                _("Lines of attendance sheets"),
                ("partner_id",),
                (
                    "classroom_id",
                    "lesson_id",
                    "start",
                    "role",
                    "status",
                    "arrived_at",
                    "departed_at",
                    "import_stays",
                    "minutes",
                    "percentage",
                    "evidence",
                    "is_excused",
                    "excuse_reason",
                    "corrected",
                    "correction_reason",
                ),
                NAMELESS,
                blanked=(
                    *("arrived_at", "departed_at", "import_stays"),
                    *("excuse_reason", "correction_reason"),
                ),
                why=_(
                    "Status and minutes stay, so that sheets, also confirmed ones, stay whole; when "
                    "the person came and went, and excuses, go."
                ),
            ),
            Holding(
                "small_school.attendance",
                _("Lines of others that name the person"),
                (),
                ("classroom_id", "lesson_id", "excuse_reason", "correction_reason"),
                NAMELESS,
                texts=("evidence", "excuse_reason", "correction_reason"),
            ),
            Holding(
                "small_school.excuse",
                _("Excuses"),
                ("partner_id",),
                (
                    *("period", "date_from", "date_to", "reason", "document_name", "state"),
                    *("answer", "decided_at", "create_date"),
                ),
            ),
            Holding(
                "small_school.excuse",
                _("Excuses asked for others"),
                ("asked_by_id",),
                ("partner_id", "period", "reason", "document_name", "state", "answer"),
                NAMELESS,
                why=_("They are about somebody else, whose absence they explain."),
            ),
            Holding(
                "small_school.excuse",
                _("Excuses of others that name the person"),
                (),
                ("period", "reason", "answer"),
                NAMELESS,
                texts=("reason", "answer", "document_name"),
            ),
            Holding(
                "small_school.lesson",
                _("Lessons as a teacher or substitute"),
                ("teacher_id", "substitute_id"),
                ("classroom_id", "name", "start", "stop", "state"),
                NAMELESS,
                why=history,
            ),
            Holding(
                "small_school.lesson",
                _("Lessons whose name or cancellation names the person"),
                (),
                ("classroom_id", "name", "start", "cancel_reason"),
                NAMELESS,
                texts=("name", "cancel_reason"),
            ),
            Holding(
                "small_school.pattern",
                _("Weekly lessons as a teacher"),
                ("teacher_id",),
                ("classroom_id", "name", "weekdays_text", "hour", "date_from", "date_to"),
                NAMELESS,
                why=history,
            ),
            Holding(
                "small_school.substitution",
                _("Substitutions"),
                ("teacher_id", "substitute_id"),
                ("classroom_id", "date_from", "date_to", "reason"),
                NAMELESS,
                blanked=("reason",),
                why=history,
            ),
            Holding(
                "small_school.risk",
                _("Cases of students at risk"),
                ("partner_id",),
                ("classroom_id", "reason", "rate", "in_a_row", "opened_at", "closed_at"),
            ),
            Holding(
                "small_school.bbb.name",
                _("Names in files of attendance that are being imported"),
                ("partner_id", "suggested_id", "namesake_ids"),
                ("name", "create_date"),
            ),
            Holding(
                "small_school.feed",
                _("Calendar address"),
                ("partner_id",),
                ("number", "create_date"),
            ),
            Holding(
                "small_school.import",
                _("Imported files that list the person"),
                (),
                ("create_date",),
                find=self._personal_find_imports,
            ),
        ]

    @api.model
    def _personal_find_imports(self, person):
        """Return the imports with a line that names the person."""
        lines = sql_search(
            self.env,
            "small_school.import.line",
            "name = ANY (%s) OR phone = ANY (%s) OR email = ANY (%s)",
            *[sorted(person.words)] * 3,
        )
        return lines.mapped("wizard_id")

    @api.model
    def _personal_obstacles(self, person):
        """Also return sentences about enrolments, assignments and lessons that are not over."""
        sentences = super()._personal_obstacles(person)
        partner, name = person.partner, person.partner.display_name
        own = [("partner_id", "=", partner.id)]
        rows = self.env["telegram.roster"].search(own + [("status", "=", "in")])
        owners = [chat._owner() for chat in rows.mapped("chat_id")]
        # the groups' lists say so already
        named_already = self.env["small_school.classroom"].union(
            *(owner for owner in owners if owner._name == "small_school.classroom")
        )
        today = fields.Date.today()
        enrolments = self.env["small_school.enrolment"].search(
            own + [("state", "=", "active"), "|", ("date_to", "=", False), ("date_to", ">=", today)]
        )
        classrooms = enrolments.mapped("classroom_id") - named_already
        if classrooms:
            sentences.append(
                _("%s is enrolled, or will be, in: %s. End the enrolment there first.")
                % (name, ", ".join(classrooms.mapped("name")))
            )
        assignments = self.env["small_school.assignment"].search(
            own + ["|", ("date_to", "=", False), ("date_to", ">=", today)]
        )
        classrooms = assignments.mapped("classroom_id") - named_already
        if classrooms:
            sentences.append(
                _("%s is a teacher or supervisor, or will be, in: %s. End the assignment first.")
                % (name, ", ".join(classrooms.mapped("name")))
            )
        given = ["|", ("teacher_id", "=", partner.id), ("substitute_id", "=", partner.id)]
        lessons = self.env["small_school.lesson"].search(
            given + [("stop", ">", fields.Datetime.now()), ("state", "in", ("planned", "open"))]
        )
        patterns = self.env["small_school.pattern"].search(
            [
                ("teacher_id", "=", partner.id),
                ("active", "=", True),
                "|",
                ("date_to", "=", False),
                ("date_to", ">=", today),
            ]
        )
        if lessons or patterns:
            classrooms = (lessons.mapped("classroom_id") | patterns.mapped("classroom_id")).sorted()
            sentences.append(
                _(
                    "%s gives lessons that are still to come in: %s. Give them to somebody else first."
                )
                % (name, ", ".join(classrooms.mapped("name")))
            )
        return sentences

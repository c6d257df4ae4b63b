from datetime import timedelta

from psycopg2 import sql

from odoo import api, fields, models

from ...services.attendance.papers import TelegramSource
from ...services.calls.clock import LessonClock
from ...services.identity.persons import Persons
from ...services.membership import rights
from .. import telegram_choices

#: Lists of a class have its lessons this long before and after now.
NEAR = timedelta(weeks=6)


class TelegramLesson(models.Model):
    """Our own data about a lesson, stored beside the school's record and never on it.

    One row for each lesson, found by its model and id; made when it is first needed. Name and times
    are those of the lesson's last write or look: lists are sorted and searched by them, decisions
    read the lesson.
    """

    _name = "telegram.lesson"
    _inherit = "telegram.lesson.page.mixin"
    _description = "Telegram: state of a lesson"
    _order = "start desc, id desc"

    res_model = fields.Char("Model", required=True, readonly=True, copy=False)
    res_id = fields.Integer(
        "Record", required=True, readonly=True, copy=False, group_operator=False
    )
    chat_id = fields.Many2one(
        "telegram.chat", "Group", readonly=True, index=True, ondelete="cascade"
    )
    name = fields.Char("Lesson", readonly=True)
    start = fields.Datetime("Start", readonly=True, index=True)
    stop = fields.Datetime("End", readonly=True)
    is_planned = fields.Boolean("To be held", readonly=True, help="Not cancelled.")
    teacher_id = fields.Many2one(
        "res.partner",
        "Given by",
        readonly=True,
        index=True,
        ondelete="set null",
        help="As last read: they see the lesson, also where they do not belong to the class.",
    )
    company_id = fields.Many2one(related="chat_id.company_id", string="School")
    may_see = fields.Boolean(compute="_compute_may_see", search="_search_may_see")
    sheet_state = fields.Selection(
        telegram_choices.sheet_states, "Sheet", default="none", required=True, readonly=True
    )
    computed_at = fields.Datetime("Sheet computed on", readonly=True)
    seen_mark = fields.Char(
        readonly=True, help="Stands for all that had been seen in the calls by then."
    )

    looked_at = fields.Datetime("Clock looked", readonly=True)
    look_at = fields.Datetime(
        "Clock looks again", readonly=True, help="When the time alone brings something next."
    )
    has_group = fields.Boolean(
        "Had a group", readonly=True, help="There was a group when the clock looked."
    )

    said_mark = fields.Char(
        "Said by the school",
        readonly=True,
        help="Stands for what the school said of lessons when the clock looked.",
    )

    _sql_constraints = [
        ("lesson_unique", "UNIQUE (res_model, res_id)", "This lesson has a row already."),
    ]

    @api.model
    def _of(self, lesson):
        """Return the row of one lesson of the school, as superuser; make it if it is missing."""
        lesson.ensure_one()
        rows = self.sudo()
        row = lesson.sudo().telegram_row_id
        if row:
            return rows.browse(row.id)
        row = rows._rows_of(lesson).get(lesson.id)
        row = row or rows.create({"res_model": lesson._name, "res_id": lesson.id})
        lesson.invalidate_cache(["telegram_row_id"], lesson.ids)
        return row

    @api.model
    def _rows_of(self, lessons):
        """Return {id of a lesson: its row} of lessons of one model, those that have one; as
        superuser."""
        domain = [("res_model", "=", lessons._name), ("res_id", "in", lessons.ids)]
        return {row.res_id: row for row in self.sudo().search(domain)}

    @api.model
    def _make_near(self, classroom):
        """Make the rows of the class's lessons of these weeks that have none yet: what lies further
        ahead than the clock looks is listed, too."""
        now = fields.Datetime.now()
        for model in self.env["telegram.lesson.mixin"]._telegram_models():
            field = model._fields.get(model._telegram_classroom_field)
            if field is None or field.comodel_name != classroom._name:
                continue
            start = model._telegram_start_field
            lessons = model.sudo().search(
                [
                    (field.name, "=", classroom.id),
                    (start, ">=", now - NEAR),
                    (start, "<=", now + NEAR),
                ]
            )
            known = self._rows_of(lessons)
            for lesson in lessons.filtered(lambda one, known=known: one.id not in known):
                self._of(lesson)._read_anew(lesson)

    @api.depends_context("uid")
    def _compute_may_see(self):
        mine = self.sudo().search([("id", "in", self.ids), ("may_see", "=", True)])
        for row in self:
            row.may_see = row.id in mine.ids

    @api.model
    def _search_may_see(self, operator, value):
        return rights.leaf(rights.lessons_seen(self.env.user), operator, value)

    def _read_anew(self, lesson):
        """Store what the lesson says of itself at present. Rights depend on chat and teacher, lists
        on the rest."""
        values = {
            "chat_id": lesson._telegram_classroom().sudo().telegram_own_chat_id.id,
            "teacher_id": Persons(self.env).partners(lesson._telegram_teacher()[:1]).id,
            "name": lesson._telegram_name(),
            "start": lesson._telegram_start(),
            "stop": lesson._telegram_stop(),
            "is_planned": lesson._telegram_is_planned(),
        }
        known = self._convert_to_write({name: self[name] for name in values})
        changed = {name: value for name, value in values.items() if value != known[name]}
        if changed:
            self.write(changed)

    def action_sheet_file(self):
        """Button: the sheet as a file; its format (pdf, xlsx, csv) is in the context."""
        self.ensure_one()
        self.check_access_rights("read")
        self.check_access_rule("read")
        form = self.env.context.get("format") or "pdf"
        url = "%s/lesson?id=%s&format=%s" % (TelegramSource.address, self.id, form)
        return {"type": "ir.actions.act_url", "url": url, "target": "self"}

    @api.model
    def _states(self, lessons):
        """Return {id: state of the sheet} of lessons of one model; "none" for a lesson without a
        row."""
        known = {number: row.sheet_state for number, row in self._rows_of(lessons).items()}
        return {lesson_id: known.get(lesson_id, "none") for lesson_id in lessons.ids}

    def _set(self, lesson, **values):
        """Write the row of `lesson`; cached values of the school's record that show it are
        dropped."""
        self.write(values)
        lesson.invalidate_cache(["telegram_sheet_state"], lesson.ids)

    def _conflict(self):
        """Have Odoo repeat the second of two transactions that write lines of this lesson at once:
        each would make the same line."""
        self.env["base"].flush()
        self.env.cr.execute(
            "UPDATE telegram_lesson SET sheet_state = sheet_state WHERE id = %s", [self.id]
        )

    @api.model
    def _forget(self, lessons):
        """Delete the rows of lessons that are about to be deleted."""
        domain = [("res_model", "=", lessons._name), ("res_id", "in", lessons.ids)]
        self.sudo().search(domain).unlink()

    @api.model
    def _domain_of_state(self, lessons, operator, value):
        """Return the domain, for the lessons' model, of the lessons whose sheet has such a
        state."""
        values = value if isinstance(value, (list, tuple)) else [value]
        known = self.sudo().search(
            [("res_model", "=", lessons._name), ("sheet_state", "!=", "none")]
        )
        matching = known.filtered(lambda row: row.sheet_state in values)
        is_listed = operator not in ("!=", "not in")
        if "none" in values:  # most lessons have no row: name the others
            matching, is_listed = known - matching, not is_listed
        return [("id", "in" if is_listed else "not in", matching.mapped("res_id"))]

    @api.model
    def _sweep(self, model):
        """Cancel the commands of lessons of `model` that were deleted without our `unlink`: in SQL,
        or by a cascade. Their rows are deleted, too."""
        self.flush()
        self.env.cr.execute(
            sql.SQL(
                "SELECT known.res_id FROM telegram_lesson AS known WHERE known.res_model = %s"
                " AND NOT EXISTS (SELECT 1 FROM {table} AS lesson WHERE lesson.id = known.res_id)"
            ).format(table=sql.Identifier(model._table)),
            [model._name],
        )
        gone = model.sudo().browse([row[0] for row in self.env.cr.fetchall()])
        LessonClock(gone).cancel_commands()
        self._forget(gone)

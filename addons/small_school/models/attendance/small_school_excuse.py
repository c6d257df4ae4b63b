"""Excuses: a family asks, a supervisor decides. Their effect in the sheets is in
`excuse_sheets.py`."""

from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import html_escape
from odoo.tools.misc import format_date

from ...rules import excuse as rules
from ..timetable.lesson_times import local_start
from .excuse_sheets import ExcuseSheets
from .sheet import Sheet

#: The fields of the request, and those of the decision.
_ASKED = {"partner_id", "asked_by_id", "lesson_id", "date_from", "date_to", "document", "reason"}
_DECIDED = {"state", "decided_by", "decided_at"}


class ClassroomExcuse(models.Model):
    """A request to excuse an absence: at one lesson, or from a day to a day. One answer, by a
    supervisor of one of the student's classrooms, holds for all of them.

    Only the family and the supervisors read reason and document; teachers see in the sheet that
    somebody is excused.
    """

    _name = "small_school.excuse"
    _description = "Excuse"
    _inherit = ["mail.thread", "mail.activity.mixin", "small_school.record.mixin"]
    _order = "id desc"
    _rec_name = "partner_id"
    _mail_post_access = "read"  # a user who sees it may do the activity about it

    partner_id = fields.Many2one(
        "res.partner", "Student", required=True, index=True, ondelete="restrict"
    )
    asked_by_id = fields.Many2one(
        "res.partner",
        "Asked by",
        required=True,
        index=True,
        default=lambda self: self.env.user.partner_id,
        ondelete="restrict",
    )
    lesson_id = fields.Many2one(
        "small_school.lesson", "Lesson", index=True, ondelete="cascade", help="Or the days."
    )
    date_from = fields.Date("From")
    date_to = fields.Date("Until")
    period = fields.Char("For", compute="_compute_period")
    reason = fields.Text("Reason")
    document = fields.Binary("Document", attachment=True)
    document_name = fields.Char("Name of the document")
    has_document = fields.Boolean("With a document", readonly=True)
    state = fields.Selection(
        [
            ("asked", "To be decided"),
            ("accepted", "Accepted"),
            ("refused", "Refused"),
            ("withdrawn", "Withdrawn"),
        ],
        "State",
        required=True,
        readonly=True,
        default="asked",
        tracking=True,
    )
    answer = fields.Text("Answer", help="Sent to whoever asked, by e-mail.")
    decided_by = fields.Many2one("res.users", "Decided by", readonly=True, ondelete="set null")
    decided_at = fields.Datetime("Decided at", readonly=True)
    classroom_ids = fields.Many2many(
        "small_school.classroom",
        string="Classrooms",
        readonly=True,
        help="Whose supervisors decide.",
    )
    company_id = fields.Many2one("res.company", "School", readonly=True, index=True)
    line_ids = fields.One2many("small_school.attendance", "excuse_id", "In these sheets")

    @api.depends("lesson_id", "date_from", "date_to")
    @api.depends_context("lang")
    def _compute_period(self):
        for excuse in self:
            lesson = excuse.sudo().lesson_id
            if lesson:
                parts = (lesson.classroom_id.name, lesson.name, lesson.local_time)
                excuse.period = "%s · %s, %s" % parts
                continue
            days = [day for day in (excuse.date_from, excuse.date_to) if day]
            texts = [format_date(self.env, day) for day in days]
            excuse.period = " – ".join(texts[:1] if len(set(texts)) == 1 else texts)

    # -- CRUD -----------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(_DECIDED & set(vals) for vals in vals_list):
            raise AccessError(_("An excuse is asked for first, and then decided."))
        self.check_access_rights("create")
        quiet = self.sudo().with_context(mail_create_nosubscribe=True, mail_create_nolog=True)
        excuses = super(ClassroomExcuse, quiet).create(
            [self._with_document(vals) for vals in vals_list]
        )
        for excuse in excuses:
            excuse._complete()
        own = self.browse(excuses.ids)
        own.check_access_rule(
            "create"
        )  # the rules are about the classrooms, which are known only now
        for excuse in own.sudo():
            excuse._notify_deciders()
        return own

    def write(self, vals):
        if not self.env.su:
            if _DECIDED & set(vals):
                raise AccessError(_("An excuse is decided by its buttons."))
            if _ASKED & set(vals) and self.filtered(lambda excuse: excuse.state != "asked"):
                raise UserError(_("This excuse is decided: take the decision back first."))
        result = super().write(self._with_document(vals))
        if not self.env.su and _ASKED & set(vals):
            for excuse in self.sudo():
                excuse._complete()
        return result

    @api.model
    def _with_document(self, vals):
        """Return the values with those that follow from the document. Raises UserError for a
        document that is not accepted."""
        if "document" not in vals:
            return vals
        content = vals["document"]
        if content:
            self._raise_fault(rules.document_fault(content))
        name = vals.get("document_name") if content else False
        return dict(vals, has_document=bool(content), document_name=name)

    def _complete(self):
        """Check the request, and write its days and the classrooms whose supervisors decide. Raises
        UserError."""
        day = self.lesson_id and local_start(self.lesson_id).date()
        first = day or self.date_from
        last = day or self.date_to or first
        self._raise_fault(
            rules.fault(first or None, last or None, self.reason, fields.Date.today())
        )
        classrooms = self._classrooms(first, last)
        if not classrooms:
            raise UserError(_("%s is in no class at that time.") % self.partner_id.name)
        self.write(
            {
                "date_from": first,
                "date_to": last,
                "classroom_ids": [(6, 0, classrooms.ids)],
                "company_id": classrooms[0].company_id.id,
            }
        )

    def _classrooms(self, first, last):
        """The classrooms in which the student is at that time."""
        lesson = self.lesson_id
        if lesson:
            people = [partner for partner, role in Sheet(lesson).people() if role == "student"]
            is_expected = self.partner_id in people or lesson.line_ids.filtered(
                lambda line: line.partner_id == self.partner_id and line.role == "student"
            )
            return lesson.classroom_id if is_expected else lesson.classroom_id.browse()
        enrolments = self.env["small_school.enrolment"].search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("state", "!=", "blocked"),
                ("date_from", "<=", last),
                "|",
                ("date_to", "=", False),
                ("date_to", ">=", first),
            ]
        )
        return enrolments.mapped("classroom_id")

    @api.model
    def _raise_fault(self, fault):
        """Raise UserError for a fault that the rules found; None: no fault."""
        if not fault:
            return
        sentences = {
            rules.TOO_BIG: _("The document is larger than %s MB: make a smaller picture of it.")
            % (rules.LARGEST // 1024**2),
            rules.WRONG_TYPE: _("The document must be a PDF, a JPEG or a PNG file."),
            rules.NO_REASON: _("Write the reason."),
            rules.LONG_REASON: _("The reason has more than %s characters: write a shorter one.")
            % rules.LONGEST_REASON,
            rules.NO_DAYS: _("Choose a lesson, or the days."),
            rules.WRONG_ORDER: _("The last day is before the first one: mend the dates."),
            rules.TOO_LONG: _("At most %s days are excused at once.") % rules.MOST_DAYS,
            rules.TOO_OLD: _("This is more than %s days ago: speak to the school.")
            % rules.OLDEST_DAYS,
        }
        raise UserError(sentences[fault])

    # -- asking ---------------------------------------------------------------------------------

    def _notify_deciders(self):
        """Schedule an activity for each user who may decide, in their language and without the
        reason."""
        for user in self._deciders():
            excuse = self.with_context(lang=user.lang or self.env.user.lang)
            excuse.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=excuse._summary(),
                note=html_escape(excuse.period),
                user_id=user.id,
            )

    def _deciders(self):
        """Return the users who are supervisors of the classrooms; without one, the school's
        managers."""
        users = self.classroom_ids._users_with("supervisor")
        users = users.filtered(lambda user: user.has_group("small_school.group_supervisor"))
        if users:
            return users
        managers = self.env.ref("small_school.group_manager").users
        own = managers.filtered(lambda user: self.company_id in user.company_ids and user.active)
        return own - self.env.ref("base.user_root")

    def _summary(self):
        return _("Excuse to decide: %s") % self.partner_id.display_name

    # -- deciding -------------------------------------------------------------------------------

    def action_accept(self):
        """Button: accept; the student is excused in the sheets that it covers."""
        return self._decide("accepted")

    def action_refuse(self):
        """Button: refuse, with a reason."""
        if self.filtered(lambda excuse: not (excuse.answer or "").strip()):
            raise UserError(_("Write under “Answer” why the excuse is refused."))
        return self._decide("refused")

    def action_reopen(self):
        """Button: take the decision back, and its effect in the sheets."""
        self._check_may_decide()
        for excuse in self.sudo().filtered(lambda one: one.state in ("accepted", "refused")):
            excuse.write({"state": "asked", "decided_by": False, "decided_at": False})
            ExcuseSheets(excuse).revoke()
        return True

    def _decide(self, state):
        """Decide these excuses. state: `accepted` or `refused`. Raises UserError for an excuse that
        does not wait for a decision any more."""
        self._check_may_decide()
        for excuse in self.sudo():
            if excuse.state != "asked":
                raise UserError(_("This excuse is decided or withdrawn already."))
            values = {"state": state, "decided_by": self.env.uid}
            excuse.write(dict(values, decided_at=fields.Datetime.now()))
            excuse.activity_unlink(["mail.mail_activity_data_todo"])
            if state == "accepted":
                ExcuseSheets(excuse).apply()
            excuse._send_answer()
        return True

    def _check_may_decide(self):
        self.check_access_rights("write")
        self.check_access_rule("write")

    def _withdraw_request(self):
        """Withdraw requests that are not decided yet."""
        for excuse in self.filtered(lambda one: one.state == "asked"):
            excuse.write({"state": "withdrawn", "document": False})
            excuse.activity_unlink(["mail.mail_activity_data_todo"])

    def _send_answer(self):
        """Send the answer by e-mail to the person who asked, in their language; not to a
        supervisor who has entered a paper and decides about it."""
        if self.asked_by_id.email and self.asked_by_id != self.decided_by.partner_id:
            self.env.ref("small_school.mail_template_excuse").send_mail(self.id)

    # -- pruning --------------------------------------------------------------------------------

    @api.model
    def _cron_prune(self):
        """Each night: delete reason, document and answer of excuses that are older than the school
        keeps them; the fact that somebody was excused stays."""
        for company in (
            self.env["res.company"].sudo().search([("small_school_excuse_days", ">", 0)])
        ):
            before = fields.Date.today() - timedelta(days=company.small_school_excuse_days)
            old = self.sudo().search(
                [
                    ("company_id", "=", company.id),
                    ("date_to", "<", before),
                    ("state", "!=", "asked"),
                    *("|", "|", ("reason", "!=", False)),
                    *(("answer", "!=", False), ("has_document", "=", True)),
                ]
            )
            old.write({"document": False, "reason": False, "answer": False})

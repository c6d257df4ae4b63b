from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import html_escape
from odoo.tools.misc import format_date

from ...rules import excuse as rules

#: What a decision is about, and the decision.
_ASKED = {"partner_id", "asked_by_id", "lesson_id", "date_from", "date_to", "document", "reason"}
_DECIDED = {"state", "decided_by", "decided_at"}


class ClassroomExcuse(models.Model):
    """A family asks for an absence to be excused: at one lesson, or from a day to a day. One answer,
    by a supervisor of one of the student's classrooms, holds for all of them.

    Reason and document are the family's and the supervisors'; teachers see in the sheet that
    somebody is excused, and nothing of this.
    """

    _name = "classroom.excuse"
    _description = "Excuse"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "partner_id"
    _mail_post_access = "read"  # whoever sees it may do the activity about it

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
        "classroom.lesson", "Lesson", index=True, ondelete="cascade", help="Or the days."
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
        "classroom.classroom", string="Classrooms", readonly=True, help="Whose supervisors decide."
    )
    company_id = fields.Many2one("res.company", "School", readonly=True, index=True)
    line_ids = fields.One2many("classroom.attendance", "excuse_id", "In these sheets")

    @api.depends("lesson_id", "date_from", "date_to")
    @api.depends_context("lang")
    def _compute_period(self):
        for one in self:
            lesson = one.sudo().lesson_id
            if lesson:
                words = (lesson.classroom_id.name, lesson.name, lesson.local_time)
                one.period = "%s · %s, %s" % words
                continue
            days = [format_date(self.env, day) for day in (one.date_from, one.date_to) if day]
            one.period = " – ".join(days[:1] if len(set(days)) == 1 else days)

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
        for one in excuses:
            one._settle()
        mine = self.browse(excuses.ids)
        mine.check_access_rule("create")  # who decides is known only now
        for one in mine.sudo():
            one._ask()
        return mine

    def write(self, vals):
        if not self.env.su:
            if _DECIDED & set(vals):
                raise AccessError(_("An excuse is decided by its buttons."))
            if _ASKED & set(vals) and self.filtered(lambda one: one.state != "asked"):
                raise UserError(_("This excuse is decided: take the decision back first."))
        result = super().write(self._with_document(vals))
        if not self.env.su and _ASKED & set(vals):
            for one in self.sudo():
                one._settle()
        return result

    @api.model
    def _with_document(self, vals):
        """The values, with what follows from the document. Raises UserError for one that is not
        taken."""
        if "document" not in vals:
            return vals
        content = vals["document"]
        if content:
            self._refuse(rules.document_fault(content))
        name = vals.get("document_name") if content else False
        return dict(vals, has_document=bool(content), document_name=name)

    def _settle(self):
        """Check what is asked for, and find whose supervisors decide."""
        day = self.lesson_id and self.lesson_id._local_start().date()
        first = day or self.date_from
        last = day or self.date_to or first
        self._refuse(rules.fault(first or None, last or None, self.reason, fields.Date.today()))
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
            people = [partner for partner, role in lesson._sheet_partners() if role == "student"]
            is_expected = self.partner_id in people or lesson.line_ids.filtered(
                lambda line: line.partner_id == self.partner_id and line.role == "student"
            )
            return lesson.classroom_id if is_expected else lesson.classroom_id.browse()
        enrolments = self.env["classroom.enrolment"].search(
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
    def _refuse(self, fault):
        if not fault:
            return
        words = {
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
        raise UserError(words[fault])

    # -- asking ---------------------------------------------------------------------------------

    def _ask(self):
        """One activity for each who may decide, in their language. It tells no reason."""
        for user in self._deciders():
            said = self.with_context(lang=user.lang or self.env.user.lang)
            said.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=said._summary(),
                note=html_escape(said.period),
                user_id=user.id,
            )

    def _deciders(self):
        """Users of the classrooms' supervisors; where there are none, the school's managers."""
        users = self.classroom_ids._users_with("supervisor")
        users = users.filtered(lambda user: user.has_group("classroom.group_supervisor"))
        if users:
            return users
        managers = self.env.ref("classroom.group_manager").users
        own = managers.filtered(lambda user: self.company_id in user.company_ids and user.active)
        return own - self.env.ref("base.user_root")

    def _summary(self):
        return _("Excuse to decide: %s") % self.partner_id.display_name

    # -- deciding -------------------------------------------------------------------------------

    def action_accept(self):
        """Button: accept; the student is excused in the sheets that it covers."""
        return self._decide("accepted")

    def action_refuse(self):
        """Button: refuse, with a word why."""
        if self.filtered(lambda one: not (one.answer or "").strip()):
            raise UserError(_("Write under “Answer” why the excuse is refused."))
        return self._decide("refused")

    def action_reopen(self):
        """Button: take the decision back. What was excused by it is no longer."""
        self._check_may_decide()
        for one in self.sudo().filtered(lambda one: one.state in ("accepted", "refused")):
            one.write({"state": "asked", "decided_by": False, "decided_at": False})
            one._take_out()
        return True

    def _decide(self, state):
        self._check_may_decide()
        for one in self.sudo():
            if one.state != "asked":
                raise UserError(_("This excuse is decided or withdrawn already."))
            values = {"state": state, "decided_by": self.env.uid}
            one.write(dict(values, decided_at=fields.Datetime.now()))
            one.activity_unlink(["mail.mail_activity_data_todo"])
            if state == "accepted":
                one._put_in()
            one._tell()
        return True

    def _check_may_decide(self):
        self.check_access_rights("write")
        self.check_access_rule("write")

    def _withdraw(self):
        """Whoever asked does not ask any more."""
        for one in self.filtered(lambda one: one.state == "asked"):
            one.write({"state": "withdrawn", "document": False})
            one.activity_unlink(["mail.mail_activity_data_todo"])

    def _tell(self):
        """Answer whoever asked by e-mail, in their language; not who decides about a paper that they
        have entered themselves."""
        if self.asked_by_id.email and self.asked_by_id != self.decided_by.partner_id:
            self.env.ref("classroom.mail_template_excuse").send_mail(self.id)

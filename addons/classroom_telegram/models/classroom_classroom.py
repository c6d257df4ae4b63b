from odoo import _, api, fields, models

#: What an enrolment's state means for the group.
_STATUS = {"active": "in", "ended": "out", "blocked": "banned"}


class ClassroomClassroom(models.Model):
    _name = "classroom.classroom"
    # activities: the supervisors are asked about people who come and go on Telegram
    _inherit = ["classroom.classroom", "telegram.classroom.mixin", "mail.activity.mixin"]

    _telegram_watched = ("name", "active", "lang", "tz", "company_id")

    telegram_state_text = fields.Char("Group", compute="_compute_telegram_state")
    telegram_invite_link = fields.Char("Link", compute="_compute_telegram_state")
    telegram_member_ids = fields.Many2many(
        "telegram.member",
        string="People",
        compute="_compute_telegram_state",
        groups="classroom.group_teacher,telegram_base.group_user",
    )

    @api.depends("telegram_chat_id")
    @api.depends_context("lang")
    def _compute_telegram_state(self):
        for classroom in self:
            chat = classroom.sudo().telegram_chat_id
            # The gateway writes these rows: what is in the cache may be old.
            chat.invalidate_cache(["state", "state_text", "invite_link", "member_ids"], chat.ids)
            classroom.telegram_state_text = chat.state_text
            classroom.telegram_invite_link = chat.invite_link
            classroom.telegram_member_ids = chat.member_ids

    # -- who belongs ----------------------------------------------------------------------------

    def _telegram_title(self):
        return self.name

    def _telegram_people(self):
        today = self._telegram_today()
        people = []
        for one in self.enrolment_ids:
            status = _STATUS[one.state]
            if status == "in" and not self._telegram_is_current(one, today):
                status = "out"
            elif status == "in" and self._telegram_is_blocked(one.partner_id):
                status = "banned"
            people.append(
                {
                    "partner": one.partner_id,
                    "role": "student",
                    "status": status,
                    "reason": one.reason,
                }
            )
        for one in self.assignment_ids:
            if self._telegram_is_current(one, today):
                status = "banned" if self._telegram_is_archived(one.partner_id) else "in"
                people.append({"partner": one.partner_id, "role": one.role, "status": status})
        return people

    def _telegram_today(self):
        return self._telegram_local(fields.Datetime.now()).date()

    @api.model
    def _telegram_is_current(self, dated, today):
        """Whether the record's dates (both included, both may be empty) hold today."""
        has_begun = not dated.date_from or dated.date_from <= today
        return has_begun and (not dated.date_to or dated.date_to >= today)

    def _telegram_is_blocked(self, partner):
        return bool(partner.student_blocked or self._telegram_is_archived(partner))

    @api.model
    def _telegram_is_archived(self, partner):
        """Whether the school has archived the person, or their user and no other is left."""
        users = partner.sudo().with_context(active_test=False).user_ids
        return not partner.active or (users and not any(users.mapped("active")))

    def _telegram_enrol(self, partner, fact):
        enrolments = self.env["classroom.enrolment"]
        own = [("classroom_id", "=", self.id), ("partner_id", "=", partner.id)]
        current = enrolments.search(own + [("state", "!=", "ended")])
        today = self._telegram_today()
        if current.state == "blocked":
            return False
        if current:  # its dates are over, or still to come
            current.write({"date_from": min(current.date_from, today), "date_to": False})
            return True
        enrolments.create(
            {
                "classroom_id": self.id,
                "partner_id": partner.id,
                "date_from": today,
                "reason": _("came into the Telegram group")
                if fact
                else _("was in the Telegram group"),
            }
        )
        return True

    def _telegram_unenrol(self, partner, fact):
        mine = self.enrolment_ids.filtered(
            lambda one: one.partner_id == partner and one.state == "active"
        )
        reason = {
            False: _("was not in the Telegram group"),
            "member_left": _("left the Telegram group"),
        }.get(fact.kind, _("was removed from the Telegram group"))
        who = fact and fact.kind == "member_removed" and self._telegram_who(fact)
        if who:
            reason = _("was removed from the Telegram group by %s") % who
        for one in mine:
            one.write(
                {
                    "state": "ended",
                    "ended_at": fields.Datetime.now(),
                    "date_to": max(one.date_from, self._telegram_today()),
                    "reason": reason,
                }
            )
        return bool(mine)

    # -- buttons --------------------------------------------------------------------------------

    def action_telegram_reconcile(self):
        """Button: compare the roster and look at the group again."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        self._telegram_sync()
        self.sudo().mapped("telegram_chat_id")._reconcile()
        return True

    def action_telegram_bind(self):
        """Button: use a group that was there before, where the classroom has none yet."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Use an existing group"),
            "res_model": "telegram.bind.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_res_model": self._name, "default_res_id": self.id},
        }

    def action_telegram_chat(self):
        """Button: open the group's own screen."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "telegram.chat",
            "res_id": self.telegram_chat_id.id,
            "view_mode": "form",
        }
